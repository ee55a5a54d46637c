/** `anneal init`, and what somebody does next in each kind of project: npm install, npm start, and every other command. */
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import path from "node:path"
import { gunzipSync } from "node:zlib"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import manifest from "../../package.json" with { type: "json" }
import * as Anneal from "../support/anneal.ts"
import * as Packed from "../support/packed.ts"

const folder = Anneal.temporary()
const archive = path.join(folder, Packed.tarball)
const program = path.join("node_modules", "anneal", "bin", "anneal.mjs")

interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Overrides that make a training of the detector last some seconds. */
const tiny = [
  "model=dbnet_tiny",
  "data.train_size=2",
  "data.val_size=1",
  "data.test_size=1",
  "data.long_side=128",
  "data.augment.crop=64",
  "trainer.max_epochs=1",
  "figure_images=0"
]

/** A project as a user has it. */
class Project {
  readonly path: string
  readonly said: string

  constructor(name: string, ...args: ReadonlyArray<string>) {
    this.path = path.join(folder, name)
    // From what was packed: the templates have to be in it.
    const made = spawnSync(
      process.execPath,
      [path.join(folder, "tool", program), "init", name, "--anneal", `file:${archive}`, ...args],
      { cwd: folder, encoding: "utf8" }
    )
    assert.strictEqual(made.status, 0, made.stderr)
    this.said = made.stdout
    const { dependencies, devDependencies } = this.manifest
    const named = Object.keys({ ...dependencies, ...devDependencies }).filter((one) => one !== "anneal")
    // In place of `npm install`: the same packages, linked from ours where the versions are ours.
    Packed.install(this.path, archive, [...new Set([...named, ...Packed.dependencies])])
    // Its other programs are ours, whose folder is linked.
    mkdirSync(this.bin)
    symlinkSync(path.join(this.path, program), path.join(this.bin, "anneal"))
  }

  get bin(): string {
    return `${this.path}-bin`
  }

  get manifest(): Record<string, Record<string, string>> {
    return JSON.parse(this.read("package.json"))
  }

  read(file: string): string {
    return readFileSync(path.join(this.path, file), "utf8")
  }

  /** Runs a program as npm does: with the project's own programs first. */
  run(command: string, ...args: ReadonlyArray<string>): Ran {
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd: this.path,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        CI: "1",
        PATH: `${this.path}/node_modules/.bin:${this.bin}:${process.env["PATH"]}`
      }
    })
    return { code: status, stdout, stderr }
  }

  anneal(...args: ReadonlyArray<string>): Ran {
    return this.run("node", program, ...args)
  }

  /** What a command prints that has to succeed. */
  done({ code, stdout, stderr }: Ran): string {
    assert.strictEqual(code, 0, `${stdout}\n${stderr}`)
    return `${stdout}\n${stderr}`
  }
}

beforeAll(() => {
  Packed.pack(folder)
  Packed.install(path.join(folder, "tool"), archive, Packed.dependencies)
})

afterAll(() => Anneal.remove(folder))

describe("a blank project", () => {
  let project: Project
  beforeAll(() => {
    project = new Project("My Project")
  })

  it("says what to do next", () => {
    assert.match(
      project.said,
      /created a project of \d+ files in My Project\nnext:\n {2}cd My Project\n {2}npm install\n/
    )
  })

  it("pins anneal, its packages and its Node to versions that are the same here", () => {
    const made = JSON.parse(project.read("package.json"))
    assert.strictEqual(made.name, "my-project")
    assert.strictEqual(made.dependencies.anneal, `file:${archive}`)
    assert.strictEqual(made.dependencies.effect, manifest.devDependencies.effect)
    assert.strictEqual(made.devDependencies.node, manifest.devDependencies.node)
    for (const version of Object.values({ ...made.dependencies, ...made.devDependencies, anneal: "0.0.0" })) {
      assert.match(String(version), /^(\d+\.\d+\.\d+|file:.+)$/)
    }
  })

  it("leaves out of git what is made, and has no comment for the checks of our pages", () => {
    assert.include(project.read(".gitignore"), "node_modules/")
    assert.notInclude(project.read("README.md"), "<!--")
  })

  it("learns: npm start is anneal train", () => {
    const output = project.done(project.run("npm", "start"))
    const accuracies = [...output.matchAll(/accuracy ([0-9.]+)/g)].map(([, value]) => Number(value))
    assert.isAbove(Math.max(...accuracies), 0.95)
    assert.match(output, /figure {6}\S+confusion\.png/)
    assert.match(
      project.done(project.anneal("train", "resume=last", "trainer.max_epochs=16")),
      /resumed from last/
    )
  })

  it("measures and predicts with what it learnt", () => {
    const { stdout } = project.anneal("test")
    assert.isAbove(JSON.parse(stdout)["test/accuracy"], 0.95)
    assert.match(project.done(project.anneal("predict")), /6 points/)
    const [file = ""] = globSync("outputs/experiments/predict/spirals/*/*/predictions.csv", {
      cwd: project.path
    })
    assert.match(project.read(file), /^x,y,class\n0\.5,0\.1,(?:first|second)\n/)
  })

  it("sweeps over its own groups, and lists its runs", () => {
    const swept = project.done(project.anneal("train", "-m", "model=small,large", "trainer.max_epochs=1"))
    assert.match(swept, /0 {2}model=small +done[^]*1 {2}model=large +done/)
    const runs = JSON.parse(project.anneal("runs", "list", "--json").stdout)
    assert.strictEqual(runs.length, 5)
    assert.match(project.done(project.anneal("runs", "compare", runs[0].id, runs[1].id)), /accuracy/)
  })

  it("takes a key of its plan that no config mentions", () => {
    const config = path.join(project.path, "configs/data/spirals.yaml")
    const text = project.read("configs/data/spirals.yaml")
    writeFileSync(config, text.replace("points: 1600\n", ""))
    const shown = project.anneal("config", "show", "data.points=77")
    const explained = project.anneal("config", "explain", "data.points")
    writeFileSync(config, text)
    assert.match(project.done(shown), /^ {2}points: 77$/m)
    assert.include(project.done(explained), "set by the defaults of the plan")
  })

  it("refuses a key that its plan has not", () => {
    const { code, stderr } = project.anneal("train", "model.hiden=3")
    assert.strictEqual(code, 2)
    assert.include(stderr, 'there is no key "model.hiden" (did you mean "hidden"?)')
  })

  it("shows its runs although its task does not load", () => {
    const task = project.read("src/task.ts")
    writeFileSync(path.join(project.path, "src/task.ts"), "throw new Error('not now')\n")
    const listed = project.anneal("runs", "list")
    writeFileSync(path.join(project.path, "src/task.ts"), task)
    assert.match(project.done(listed), /^\S+ +done +/m)
  })

  it("has its training as a stage, which runs once", () => {
    assert.match(
      project.done(project.anneal("pipeline", "outline", "src/pipeline.ts")),
      /train {2}overrides=\["seed=1"\] {2}runs: never run/
    )
    const first = project.anneal("pipeline", "run", "src/pipeline.ts")
    assert.match(project.done(first), /max_epochs=15 reached|early stopping/)
    const [, place = "nowhere"] = /^folder +best\S+ +(\S+)$/m.exec(first.stderr) ?? []
    assert.isTrue(existsSync(path.join(project.path, place, "model.safetensors")), first.stderr)
    assert.match(
      project.done(project.anneal("pipeline", "outline", "src/pipeline.ts")),
      /nothing to do: all 1 stages are in the cache/
    )
  })

  it("gives a pipeline's module the Effect and Anneal that run already", () => {
    const record = path.join(folder, "modules")
    const words = ["pipeline", "show", "src/pipeline.ts"]
    execFileSync("node", ["--import", Packed.recorder, program, ...words], {
      cwd: project.path,
      env: { ...process.env, ANNEAL_RECORD_MODULES: record }
    })
    const loaded = readFileSync(record, "utf8").split("\n")
    assert.isTrue(loaded.some((url) => url.endsWith("/dist/shared/lib/pipeline/stage/Stage.mjs")))
    assert.deepStrictEqual(
      loaded.filter((url) => /\/effect\/dist\/(Effect|Schema|Layer)\.js$|\/dist\/lib\/pipeline\//.test(url)),
      []
    )
  })

  it("leaves an Effect of another version what it is", () => {
    const other = path.join(folder, "other")
    const put = (file: string, text: string) => {
      mkdirSync(path.dirname(path.join(other, file)), { recursive: true })
      writeFileSync(path.join(other, file), text)
    }
    put(
      "node_modules/effect/package.json",
      '{ "name": "effect", "version": "4.0.0", "type": "module", "exports": { "./*": "./dist/*.js" } }'
    )
    put("node_modules/effect/dist/Effect.js", "export const age = 4")
    put("pipeline.mjs", 'import * as Effect from "effect/Effect"\nconsole.log(Object.keys(Effect).join())')
    const { stdout, stderr, status } = spawnSync(
      "node",
      [path.join(project.path, program), "pipeline", "show", "pipeline.mjs"],
      { cwd: other, encoding: "utf8" }
    )
    assert.strictEqual(stdout, "age\n")
    assert.include(stderr, "it exports no pipeline")
    assert.strictEqual(status, 2)
  })
})

describe("a project that classifies pictures", () => {
  let project: Project
  beforeAll(() => {
    project = new Project("pictures", "--task", "classification")
  })

  it("learns: npm start", () => {
    const output = project.done(project.run("npm", "start"))
    const accuracies = [...output.matchAll(/accuracy ([0-9.]+)/g)].map(([, value]) => Number(value))
    assert.isAbove(Math.max(...accuracies), 0.9)
  })

  it("measures and predicts with what it learnt", () => {
    assert.isAbove(JSON.parse(project.anneal("test").stdout)["test/accuracy"], 0.9)
    assert.match(project.done(project.anneal("predict")), /150 pictures of 3 classes/)
  })

  it("has a pipeline that runs again where its pictures change", () => {
    assert.match(
      project.done(project.anneal("pipeline", "outline", "src/pipeline.ts")),
      /train {2}overrides=\["seed=1"\] {2}runs: never run/
    )
    project.done(project.anneal("pipeline", "run", "src/pipeline.ts"))
    assert.match(project.done(project.anneal("pipeline", "outline", "src/pipeline.ts")), /nothing to do/)
    const labels = path.join(project.path, "shapes/t10k-labels-idx1-ubyte.gz")
    writeFileSync(labels, gunzipSync(readFileSync(labels)))
    assert.match(project.done(project.anneal("pipeline", "outline", "src/pipeline.ts")), /runs: .*data/)
  })

  it("draws its pictures again as they are", () => {
    const read = (name: string) => {
      const bytes = readFileSync(path.join(project.path, "shapes", name))
      return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes
    }
    const names = Packed.namesIn(path.join(project.path, "shapes"))
    const before = names.map(read)
    project.done(project.run("node", "src/shapes.ts"))
    assert.strictEqual(names.length, 4)
    assert.deepStrictEqual(names.map(read), before)
  })
})

describe("a project that detects text", () => {
  let project: Project
  beforeAll(() => {
    project = new Project("receipts", "--task", "detection")
  })

  it("trains, measures and predicts", () => {
    project.done(project.anneal("train", ...tiny))
    assert.containsAllKeys(JSON.parse(project.anneal("test").stdout), [
      "test/precision",
      "test/recall",
      "test/hmean"
    ])
    project.done(project.anneal("data", "synth", "--out", "data/drawn", "--count", "2"))
    assert.match(project.done(project.anneal("predict", "image_dir=data/drawn/images")), /2 pictures/)
  })

  it("names files where they lie, and its task by its own module", () => {
    assert.notInclude(project.read("src/receipts/pipeline.ts"), "examples/")
    assert.include(project.read("configs/train.yaml"), "task: ./src/task.ts")
  })

  it("has pipelines that can be planned", () => {
    assert.match(
      project.done(project.anneal("pipeline", "outline", "src/receipts/pipeline.ts")),
      /prepare {2}count=160 seed=42 {2}runs: never run[^]*5 of 5 stages would run/
    )
    assert.match(
      project.done(project.anneal("pipeline", "outline", "src/pipeline.ts")),
      /train {2}overrides=\["seed=1"\] {2}runs: never run/
    )
  })
})

describe.each(["blank", "classification", "detection"])("the project of --task %s", (task) => {
  let project: Project
  beforeAll(() => {
    project = new Project(`all-${task}`, "--task", task)
  })

  it("is typed", () => {
    project.done(project.run("npm", "run", "types"))
  })

  it("passes its own tests: npm test", () => {
    assert.match(project.done(project.run("npm", "test")), /Tests.* passed/)
  }, 180_000)

  it("has configs without findings, which anneal composes and editors complete", () => {
    assert.include(project.done(project.anneal("config", "check")), "configs: no findings")
    project.done(project.run("npm", "run", "prepare"))
    for (const file of globSync("configs/**/*.yaml", { cwd: project.path })) {
      const schema = /^# yaml-language-server: \$schema=(.+)$/m.exec(project.read(file))?.[1]
      if (schema === undefined) continue
      assert.isTrue(existsSync(path.join(project.path, path.dirname(file), schema)), file)
    }
    const file = "configs/trainer/default.yaml"
    writeFileSync(
      path.join(project.path, file),
      project.read(file).replace(/^max_epochs: .*/m, "max_epochs: 77")
    )
    assert.include(project.done(project.anneal("config", "show", "trainer=default")), "max_epochs: 77")
    assert.include(project.done(project.anneal("config", "explain", "task")), "./src/task.ts")
  })
})

describe("anneal init", () => {
  it("refuses a folder that is not empty, and a file, without --overwrite", async () => {
    const taken = path.join(folder, "taken")
    mkdirSync(path.join(taken, ".git"), { recursive: true })
    writeFileSync(path.join(taken, "thesis.txt"), "mine")
    const refused = await Anneal.run(folder, "init", "taken")
    assert.strictEqual(refused.code, 2)
    assert.match(refused.stderr, /taken: the folder is not empty: it contains thesis\.txt\. .*--overwrite/)
    assert.deepStrictEqual(Packed.namesIn(taken), [".git", "thesis.txt"])
    const file = await Anneal.run(taken, "init", "thesis.txt")
    assert.strictEqual(file.code, 2)
    assert.include(file.stderr, "it is not a folder")
    const told = await Anneal.run(taken, "init", "--overwrite")
    assert.strictEqual(told.code, 0, told.stderr)
    assert.include(told.stdout, `files in .`)
    assert.strictEqual(readFileSync(path.join(taken, "thesis.txt"), "utf8"), "mine")
    assert.include(readFileSync(path.join(taken, "package.json"), "utf8"), `"anneal": "${manifest.version}"`)
  })

  it("takes a folder with nothing but git in it", async () => {
    const cloned = path.join(folder, "cloned")
    mkdirSync(path.join(cloned, ".git"), { recursive: true })
    const { code, stderr } = await Anneal.run(cloned, "init")
    assert.strictEqual(code, 0, stderr)
    assert.isTrue(existsSync(path.join(cloned, "src/task.ts")))
  })

  it("refuses a task that there is not, with those that there are", async () => {
    const { code, stderr } = await Anneal.run(folder, "init", "none", "--task", "regression")
    assert.strictEqual(code, 2)
    assert.match(stderr, /blank.*classification.*detection/)
  })

  it("asks nobody without a terminal, and names the flags", async () => {
    const { code, stderr } = await Anneal.run(folder, "init", "asked", "--wizard")
    assert.strictEqual(code, 2)
    assert.include(stderr, "anneal init asked --task blank|classification|detection")
    assert.isFalse(existsSync(path.join(folder, "asked")))
  })
})
