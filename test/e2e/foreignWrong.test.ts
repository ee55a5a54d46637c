/** What can be wrong with a task of somebody else's: each is refused with a place and a cure, and none as a bug of ours. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"
import * as Project from "../support/project.ts"

const cwd = Project.empty()
mkdirSync(join(cwd, "src"))
afterAll(() => Anneal.remove(cwd))

const preamble = `
import * as Dataset from "anneal/Dataset"
import * as Nn from "anneal/Nn"
import { Count, field } from "anneal/Plan"
import * as TaskModule from "anneal/TaskModule"
import { TinyTask } from "anneal/testing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const tiny = TinyTask.make()
const sets = ({ seed }) => ({
  train: TinyTask.dataset({ seed, batches: 4, batchSize: 8 }),
  val: TinyTask.dataset({ seed: seed + 1, batches: 2, batchSize: 8 })
})
const train = (change) => (_, context) => {
  const { train, val } = sets(context)
  return Effect.succeed({ train: { ...train, ...change }, val })
}
const declaration = {
  name: "tiny",
  plan: Schema.Struct({ extra: field(Count, 1, "A key of its own.") }),
  objective: { metric: "mse", mode: "min" },
  task: () => tiny,
  data: (_, context) => Effect.succeed(sets(context))
}
export default TaskModule.make({ ...declaration, `

/** Trains a task whose module differs from a good one by these fields, or is this text. */
const trained = async (name: string, module: { readonly fields: string } | { readonly text: string }) => {
  const text = "text" in module ? module.text : `${preamble}${module.fields} })\n`
  writeFileSync(join(cwd, `src/${name}.ts`), text)
  return Anneal.run(cwd, "train", `task=./src/${name}.ts`, ...settings(name))
}

const settings = (name: string) => ["trainer.accelerator=cpu", "trainer.max_epochs=1", `exp_name=${name}`]

interface Wrong {
  readonly module: Parameters<typeof trained>[1]
  readonly says: RegExp
  readonly code: number
  /** Whether it is known before anything is written. */
  readonly early?: boolean
}

const throwing = (what: string) => `() => { throw new TypeError("${what}") }`

/** Two layers, whose second takes so many channels. */
const net = (inputs: number) =>
  `Nn.model("net", Nn.sequential([Nn.dense({ inputs: 2, outputs: 3 }), Nn.dense({ inputs: ${inputs}, outputs: 1 })]), { input: [5] })`

const cases: { readonly [name: string]: Wrong } = {
  "throws when it is imported": {
    module: { text: 'const words = ["a"]\nthrow new Error(`no ${words[0]}`)\n' },
    says: /^anneal: src\/throws\S+: the module cannot be loaded: Error: no a\n\s+at .*src\/throws\S+:2:7[\s\S]*Correct it/,
    code: 2,
    early: true
  },
  "does not compile": {
    module: { text: "export default {{\n" },
    says: /^anneal: src\/does\S+: the module cannot be loaded: [\s\S]*Correct it/,
    code: 2,
    early: true
  },
  "exports nothing": {
    module: { text: "const x = 1\n" },
    says: /^anneal: src\/exports\S+: it has no default export\. Write `export default TaskModule\.make/,
    code: 2,
    early: true
  },
  "exports something else": {
    module: { text: 'export default { name: "tiny" }\n' },
    says: /^anneal: src\/exports\S+: its default export is not a task module\. Write `export default TaskModule\.make/,
    code: 2,
    early: true
  },
  "declares reserved keys": {
    module: { fields: 'plan: Schema.Struct({ seed: field(Count, 1, ""), trainer: field(Count, 1, "") })' },
    says: /^anneal: task tiny: its plan declares seed, trainer, which every run has\. Give its own keys other names/,
    code: 2,
    early: true
  },
  "has an objective that its metric does not report": {
    module: { fields: 'objective: { metric: "mes", mode: "min" }' },
    says: /^anneal: task tiny: its objective is "mes", which its metric does not report \(did you mean "mse"\?\)\. It reports mse/m,
    code: 2,
    early: true
  },
  "throws in interpret": {
    module: { fields: `task: () => ({ ...tiny, interpret: ${throwing("no luck")} })` },
    says: /^anneal: task tiny: interpret threw: no luck \(.*src\/throws\S+:\d+:\d+\)\. It was given squares \[8, 1\]/m,
    code: 1
  },
  "throws in its loss": {
    module: { fields: `task: () => ({ ...tiny, loss: ${throwing("lost")} })` },
    says: /^anneal: src\/throws\S+:\d+:\d+: the device failed in train step: lost/m,
    code: 1
  },
  "throws in its metric": {
    module: {
      fields: `task: () => ({ ...tiny, metric: { ...tiny.metric, update: ${throwing("no count")} } })`
    },
    says: /^anneal: task tiny: metric\S* threw: no count \(.*src\/throws\S+:\d+:\d+\)/m,
    code: 1
  },
  "throws where it makes its net": {
    module: { fields: `task: ${throwing("no net")}` },
    says: /^anneal: src\/throws\S+:\d+:\d+: it threw: no net/m,
    code: 1,
    early: true
  },
  "makes a net of layers that do not fit": {
    module: { fields: `task: () => ({ ...tiny, model: ${net(4)} })` },
    says: /^anneal: src\/makes\S+:\d+:\d+: layer 1 \(dense\) takes 4 channels, but 0 before it gives 3\. Give both the same number/m,
    code: 1,
    early: true
  },
  "has a net that does not take its input": {
    module: { fields: `task: () => ({ ...tiny, model: ${net(3)} })` },
    says: /^anneal: (?:src\/\S+: )?the summary of net: layer 0 \(dense\) was given \[1, 5\], but takes \[…, 2\]\. Change what comes before it/m,
    code: 1
  },
  "throws where it opens its data": {
    module: { fields: `data: ${throwing("no data")}` },
    says: /^anneal: src\/throws\S+:\d+:\d+: it threw: no data/m,
    code: 1,
    early: true
  },
  "throws where it makes a batch": {
    module: { fields: `data: train({ batch: () => Effect.sync(${throwing("no batch")}) })` },
    says: /^anneal: src\/throws\S+:\d+:\d+: it threw: no batch/m,
    code: 1
  },
  "imports lazily what is not there": {
    module: {
      text: `${preamble.replace(
        /export default .*/,
        'export default TaskModule.lazy({ ...declaration, load: Effect.promise(() => import("./nowhere.ts")) })'
      )}\n`
    },
    says: /^anneal: task tiny: load threw: Cannot find module 'src\/nowhere\.ts' imported from src\/imports\S+\.ts/m,
    code: 1,
    early: true
  },
  "names a data module that is not there": {
    module: {
      fields: 'data: () => Dataset.inWorkers(new URL("./nowhere.ts", import.meta.url), {}, { threads: 1 })'
    },
    says: /^anneal: \S*src\/nowhere\.ts: the data module cannot be loaded: Cannot find module .*Name it as new URL/m,
    code: 4,
    early: true
  },
  "has arrays of other lengths": {
    module: {
      fields:
        'data: () => Effect.sync(() => { const set = Dataset.fromArrays({ x: [[1]], y: [[1], [2]] }, { name: "pairs" }); return { train: set, val: set } })'
    },
    says: /^anneal: pairs: "x" has 1 samples and "y" 2\. Give arrays/m,
    code: 4,
    early: true
  },
  "counts its batches wrong": {
    module: { fields: "data: train({ batchSize: 5 })" },
    says: /^anneal: tiny: it says it has 32 samples in 4 batches of 5\. Make `samples`, `length` and `batchSize` say/m,
    code: 4,
    early: true
  },
  "has batches of another size than it says": {
    module: { fields: "data: train({ samples: 20, batchSize: 5 })" },
    says: /^anneal: tiny, batch 0 of epoch 0: it has 8 samples, and the set says 5\. Correct the data set, or the task's sizeOf/m,
    code: 4
  }
}

describe("a task that", () => {
  it.each(Object.entries(cases))("%s", async (title, { module, says, code, early = false }) => {
    const name = title.replaceAll(/\W+/g, "_")
    const ended = await trained(name, module)
    assert.match(ended.stderr, says)
    assert.strictEqual(ended.code, code, ended.stderr)
    assert.notInclude(ended.stderr, "anneal has a bug")
    assert.deepStrictEqual(
      readdirSync(cwd).filter((file) => file.startsWith("anneal-defect")),
      []
    )
    const outputs = readdirSync(cwd, { recursive: true }).map(String)
    const runs = outputs.filter((file) => file.includes(name) && file.endsWith("run.json"))
    assert.lengthOf(runs, early ? 0 : 1)
  })
})

describe("a plan that changed", () => {
  const module = (plan: string) => ({ fields: `plan: Schema.Struct({ ${plan} })` })
  const edit = (plan: string) =>
    writeFileSync(join(cwd, "src/changed.ts"), `${preamble}${module(plan).fields} })\n`)
  const again = (command: string, ...more: ReadonlyArray<string>) =>
    Anneal.run(cwd, command, "task=./src/changed.ts", "trainer.accelerator=cpu", "exp_name=changed", ...more)

  it("between train and test is refused with the key, unless the new key has a default", async () => {
    assert.strictEqual((await trained("changed", module('extra: field(Count, 1, "")'))).code, 0)
    edit('extra: field(Count, 1, ""), more: field(Schema.String, "x", "")')
    assert.strictEqual((await again("test")).code, 0)
    edit('extra: field(Schema.String, "a", "")')
    const other = await again("test")
    assert.strictEqual(other.code, 1)
    assert.match(
      other.stderr,
      /checkpoints\/best\S+: the plan of task tiny has changed since it was saved: Expected string\n\s+at \["extra"\]\. Give what is new a default/
    )
    edit('extra: field(Count, 1, ""), must: Schema.String')
    const resumed = await again("train", "+must=x", "resume=last")
    assert.strictEqual(resumed.code, 2, resumed.stderr)
    assert.match(resumed.stderr, /has a plan that its task no longer reads:[\s\S]*must[\s\S]*or train again/)
  })

  it("is refused as that of another task where the checkpoint is another task's", async () => {
    const [run = ""] = readdirSync(join(cwd, "outputs/experiments/train/tiny/changed"))
    const checkpoint = `outputs/experiments/train/tiny/changed/${run}/checkpoints/last`
    const { code, stderr } = await Anneal.run(
      cwd,
      "test",
      `checkpoint_path=${checkpoint}`,
      "trainer.accelerator=cpu"
    )
    assert.strictEqual(code, 1)
    assert.match(stderr, /last: it was trained by task tiny, and this is text_detection: [\s\S]*task=/)
  })
})

describe("pictures that throw", () => {
  it("are missing with a warning, and the run is done", async () => {
    const { code, stderr } = await trained("pictures", {
      fields: `pictures: ${throwing("no paint")}, figures: ${throwing("no pens")}`
    })
    assert.strictEqual(code, 0, stderr)
    assert.include(stderr, "warning: the figures of the task are missing: no pens")
  })
})
