/**
 * Checks that the rooms of `src/`, which docs/architecture.md shows, depend on each other only in the directions below.
 *
 * Run: `node scripts/architecture.ts`. The tables at the top are the rules, and they are exact: a file in no room, a
 * file that cannot be read, a circle between rooms and a rule that nothing needs are problems too.
 */
import type { Finding } from "./modules.ts"
import { type Allowance, check, type Entry, type PackageRule, type Room, type Rules } from "./rules.ts"

/** Who may import whom. Each room stands below those that it uses. */
const rooms: Readonly<Record<string, Room>> = {
  internal: { uses: [] },

  config: {
    uses: [],
    rooms: {
      node: [],
      yaml: ["node"],
      override: ["node"],
      problem: ["node", "yaml", "override"],
      interpolation: ["node", "yaml"],
      merge: ["node"],
      source: ["node", "yaml", "override", "problem", "interpolation"],
      defaults: ["node", "override", "problem", "interpolation", "source"],
      compose: ["node", "override", "problem", "interpolation", "merge", "source", "defaults"],
      decode: ["node", "problem", "interpolation", "compose"],
      inspect: [
        "node",
        "yaml",
        "override",
        "problem",
        "interpolation",
        "source",
        "defaults",
        "compose",
        "decode"
      ],
      sweep: ["node", "yaml", "override", "problem", "interpolation", "source", "compose"],
      ".": ["node", "yaml", "problem", "interpolation", "compose", "decode", "inspect"]
    }
  },

  pipeline: {
    uses: ["config/node", "internal"],
    rooms: {
      internal: [],
      device: ["internal"],
      nn: ["device"],
      "nn/recurrent": ["nn"],
      "nn/layers": ["nn", "nn/recurrent"],
      "nn/backbone": ["nn", "nn/layers"],
      "nn/loss": [],
      "nn/layersModel": ["internal", "nn"],
      weights: ["nn"],
      export: ["nn"],
      "export/onnx": ["nn", "export"],
      "export/tfjs": ["nn", "export"],
      optim: ["device", "nn"],
      picture: [],
      task: ["internal", "nn", "picture"],
      train: ["internal", "device", "nn", "optim", "task"],
      plan: ["internal", "optim", "task", "train", "weights"],
      run: ["nn", "task", "train", "plan"],
      transform: ["nn", "picture"],
      "transform/kinds": ["internal", "nn", "plan", "task", "transform"],
      inspect: ["task", "picture", "split"],
      shards: ["task"],
      module: ["task", "picture", "run", "inspect", "shards"],
      split: ["internal", "nn", "task", "plan"],
      stage: ["internal"],
      graph: ["stage"]
    }
  },

  layers: {
    uses: ["pipeline", "internal"],
    rooms: {
      internal: [],
      run: ["internal"],
      image: ["internal"],
      data: ["internal", "image"],

      "device/internal": ["internal", "run"],
      "device/kernels": ["device/internal"],
      "device/gradients": ["device/internal", "device/kernels"],
      "device/native": ["internal", "device/internal", "device/gradients"],
      "device/webgpu": ["device/internal", "device/native"],
      "device/pack": ["internal", "device/internal", "device/kernels", "device/gradients"],
      "device/engines": [
        "internal",
        "device/internal",
        "device/kernels",
        "device/gradients",
        "device/native",
        "device/webgpu",
        "device/pack"
      ],
      device: ["device/internal", "device/gradients", "device/engines"],

      checkpoint: ["internal"],
      cache: ["internal", "run", "checkpoint"],

      "logger/sink": ["internal"],
      "logger/spool": ["internal", "run", "logger/sink"],
      "logger/tracker": ["internal", "logger/spool"],
      "logger/tensorboard": ["internal", "logger/sink"],
      "logger/wandb": ["internal", "logger/spool", "logger/tracker"],
      "logger/mlflow": ["internal", "logger/sink", "logger/spool", "logger/tracker"],
      "logger/delivery": [
        "internal",
        "run",
        "logger/sink",
        "logger/spool",
        "logger/tracker",
        "logger/wandb",
        "logger/mlflow"
      ],
      logger: [
        "internal",
        "checkpoint",
        "logger/sink",
        "logger/spool",
        "logger/tracker",
        "logger/tensorboard",
        "logger/delivery"
      ],

      registry: ["internal", "run", "checkpoint", "logger/sink"],

      export: ["internal", "checkpoint", "device"]
    }
  },

  "tasks/textDetection": {
    uses: ["pipeline", "internal"],
    rooms: {
      geometry: [],
      postprocess: ["geometry"],
      resample: [],
      data: ["geometry", "postprocess", "resample"],
      format: ["data"],
      model: [],
      metric: ["geometry", "data"],
      score: ["data", "format", "metric"],
      picture: ["geometry", "data", "postprocess"],
      "synthetic/words": [],
      "synthetic/layout": ["synthetic/words"],
      "synthetic/photo": ["geometry", "synthetic/layout"],
      synthetic: [
        "geometry",
        "data",
        "format",
        "picture",
        "synthetic/words",
        "synthetic/layout",
        "synthetic/photo"
      ],
      ".": ["geometry", "postprocess", "data", "format", "model", "metric", "picture", "synthetic"]
    }
  },

  "tasks/imageClassification": {
    uses: ["pipeline"],
    rooms: {
      data: [],
      model: [],
      metric: ["data"],
      picture: ["data", "metric"],
      predict: ["data", "metric"],
      ".": ["data", "model", "metric", "picture", "predict"]
    }
  },

  "tasks/builtIn": { uses: ["pipeline", "tasks/textDetection", "tasks/imageClassification"] },

  testing: { uses: ["pipeline"], rooms: { fake: [], ".": ["fake"] } },

  runs: { uses: ["pipeline", "tasks", "layers"] },

  serve: { uses: ["internal", "pipeline", "tasks/textDetection", "layers", "runs"] },

  cli: {
    uses: ["config", "pipeline", "tasks", "layers", "runs", "internal"],
    rooms: {
      terminal: [],
      completion: [],
      "programs/module": ["."],
      "programs/init": [".", "terminal"],
      "programs/config": [".", "terminal", "programs/module"],
      "programs/runs": [".", "terminal", "programs/config", "programs/module"],
      "programs/pipeline": [".", "terminal", "programs/runs", "programs/module"],
      programs: [
        ".",
        "terminal",
        "completion",
        "programs/config",
        "programs/module",
        "programs/pipeline",
        "programs/runs"
      ],
      commands: [".", "programs", "programs/config", "programs/init", "programs/pipeline", "programs/runs"],
      ".": ["terminal", "completion", "programs", "programs/config", "programs/init", "commands"]
    }
  },

  "index.ts": { uses: ["pipeline"] }
}

/** Files that a folder holds at most: what a reader takes in at a glance. */
const mostFiles = 24

/** Packages that only some rooms may load, or know by their types (`import type`). */
const packages: ReadonlyArray<PackageRule> = [
  { name: /^@tensorflow\//, load: ["layers"], types: ["pipeline", "tasks", "testing"] },
  { name: /^(sharp|@napi-rs\/canvas|onnxruntime-node)$/, load: ["layers"], types: [] }
]

/** What loading an entry must not load at once, however many files lie between. */
const entries: ReadonlyArray<Entry> = [
  { file: "src/index.ts", never: /^(@tensorflow\/.*|sharp|@napi-rs\/canvas|yaml)$/ },
  { file: "src/cli/main.ts", never: /^(@tensorflow\/.*|sharp|@napi-rs\/canvas)$/ }
]

/** Forms that code may not have, and what to write instead. */
const refusals: Readonly<Record<Finding["form"], string>> = {
  unreadable: "cannot be read",
  "computed import": "imports a computed name: write the name out, so that it can be checked and bundled",
  try: "says `try`: use Effect.try, Effect.tryPromise or a typed failure",
  "process listener": "listens on `process`: signals and defects are handled once, in src/cli",
  "path beside module":
    "builds a path beside its own module, which moves when it is bundled: resolve a package path, or for a worker take the extension from import.meta.url",
  state: "keeps state at module level: what lives longer than a call belongs in a service"
}

/** Rooms and files that may have such a form all the same, and why there is no other way. */
const allowances: ReadonlyArray<Allowance> = [
  { in: "src/cli", form: "process listener", why: "here signals and defects are handled" },
  { in: "src/layers", form: "state", why: "a process has one TensorFlow.js and holds one engine at a time" },
  {
    in: "src/layers/data/WorkerPool.ts",
    form: "computed import",
    why: "the maker of the pool says which module a worker runs"
  },
  {
    in: "src/cli/programs/module/UserModule.ts",
    form: "computed import",
    why: "the user says which module holds a pipeline or a task"
  },
  {
    in: "src/tasks/textDetection/format/OwnFormat.ts",
    form: "computed import",
    why: "the user says which module exports a layout of annotations"
  },
  {
    in: "src/tasks/textDetection/resample/Kernel.ts",
    form: "state",
    why: "scratch memory of a pure function: fresh pages for each picture take longer than the passes"
  },
  {
    in: "src/pipeline/transform/kinds/Custom.ts",
    form: "computed import",
    why: "the user says which module holds a transform"
  },
  {
    in: "src/layers/data/Workers.ts",
    form: "computed import",
    why: "a task says which module makes its data"
  }
]

export const rules: Rules = { rooms, mostFiles, packages, entries, refusals, allowances }

if (import.meta.main) {
  const { files, problems } = check(process.cwd(), rules)
  for (const { file, line, message } of problems) console.error(`${file}:${line} ${message}`)
  console.log(
    `Checked ${files.length} files: ${problems.length === 0 ? "the architecture holds" : `${problems.length} problem(s)`}`
  )
  process.exitCode = problems.length === 0 ? 0 : 1
}
