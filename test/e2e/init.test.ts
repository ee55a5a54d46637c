/** `anneal init`, and what somebody does next: npm install, npm start, npm test. */
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import manifest from "../../package.json" with { type: "json" }
import * as Anneal from "../support/anneal.ts"
import * as Packed from "../support/packed.ts"

const folder = Anneal.temporary()
const project = path.join(folder, "My Project")
const archive = path.join(folder, Packed.tarball)
let said = ""

/** Runs a program as npm does: with the project's own programs first. */
const run = (program: string, ...args: ReadonlyArray<string>): string =>
  execFileSync(program, args, {
    cwd: project,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CI: "1", PATH: `${project}/node_modules/.bin:${process.env["PATH"]}` }
  })

const anneal = (...args: ReadonlyArray<string>) => run("node", "node_modules/anneal/bin/anneal.mjs", ...args)

const read = (file: string) => readFileSync(path.join(project, file), "utf8")

beforeAll(async () => {
  Packed.pack(folder)
  // From what was packed: the templates have to be in it.
  const tool = path.join(folder, "tool")
  const installed = Packed.install(tool, archive, Packed.dependencies)
  said = execFileSync(
    process.execPath,
    [path.join(installed, "bin/anneal.mjs"), "init", "My Project", "--anneal", `file:${archive}`],
    { cwd: folder, encoding: "utf8" }
  )
  const {
    dependencies,
    devDependencies
  }: Record<string, Record<string, string>> = JSON.parse(read("package.json"))
  const named = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => name !== "anneal")
  // In place of `npm install`: the same packages, linked from ours where the versions are ours.
  Packed.install(project, archive, [...new Set([...named, ...Packed.dependencies])])
})

afterAll(() => Anneal.remove(folder))

describe("anneal init", () => {
  it("says what to do next", () => {
    assert.match(
      said,
      /created a project of \d+ files in My Project\nnext:\n {2}cd My Project\n {2}npm install\n/
    )
  })

  it("pins anneal, its packages and its Node to versions that are the same here", () => {
    const made = JSON.parse(read("package.json"))
    assert.strictEqual(made.name, "my-project")
    assert.strictEqual(made.dependencies.anneal, `file:${archive}`)
    assert.strictEqual(made.dependencies.effect, manifest.devDependencies.effect)
    assert.strictEqual(made.devDependencies.node, manifest.devDependencies.node)
    for (const version of Object.values({ ...made.dependencies, ...made.devDependencies, anneal: "0.0.0" })) {
      assert.match(String(version), /^(\d+\.\d+\.\d+|file:.+)$/)
    }
  })

  it("leaves out of git what is made, and names files where they lie", () => {
    assert.include(read(".gitignore"), "node_modules/")
    assert.notInclude(read("src/receipts/pipeline.ts"), "examples/")
    assert.notInclude(read("src/quickstart.ts"), "examples/")
    assert.notInclude(read("README.md"), "<!--")
  })

  it("trains: npm start", () => {
    const output = run("npm", "start")
    const accuracies = [...output.matchAll(/accuracy ([0-9.]+)/g)].map(([, value]) => Number(value))
    assert.isAbove(Math.max(...accuracies), 0.95)
    assert.isTrue(existsSync(path.join(project, "outputs/points/last/model.safetensors")))
    assert.match(run("npm", "start", "--", "last"), /early stopping|max_epochs/)
  })

  it("passes its own tests: npm test", () => {
    assert.match(run("npm", "test"), /Tests.*4 passed/)
  })

  it("is typed", () => {
    run("npm", "run", "types")
  })

  it("has a quickstart that learns and a pipeline that can be planned", () => {
    assert.match(run("node", "src/quickstart.ts"), /epoch 9: loss 0\.\d+/)
    assert.match(
      anneal("pipeline", "plan", "src/receipts/pipeline.ts"),
      /prepare {2}count=160 seed=42 {2}runs: never run[^]*5 of 5 stages would run/
    )
  })

  it("has its training as a stage, which runs once", () => {
    const program = path.join(project, "node_modules/anneal/bin/anneal.mjs")
    const first = spawnSync("node", [program, "pipeline", "run", "src/pipeline.ts"], {
      cwd: project,
      encoding: "utf8"
    })
    assert.match(first.stdout, /accuracy 0\.9.*"kind":"folder"/s)
    const [, place = "nowhere"] = /^folder +last +(\S+)$/m.exec(first.stderr) ?? []
    assert.isTrue(existsSync(path.join(project, place, "model.safetensors")), first.stderr)
    assert.match(
      anneal("pipeline", "plan", "src/pipeline.ts"),
      /nothing to do: all 1 stages are in the cache/
    )
    assert.notInclude(anneal("pipeline", "run", "src/pipeline.ts"), "accuracy")
  })

  it("gives a pipeline's module the Effect and Anneal that run already", () => {
    const record = path.join(folder, "modules")
    execFileSync(
      "node",
      [
        "--import",
        Packed.recorder,
        "node_modules/anneal/bin/anneal.mjs",
        "pipeline",
        "show",
        "src/pipeline.ts"
      ],
      { cwd: project, env: { ...process.env, ANNEAL_RECORD_MODULES: record } }
    )
    const loaded = readFileSync(record, "utf8").split("\n")
    assert.isTrue(loaded.some((url) => url.endsWith("/dist/pipeline/lib/pipeline/stage/Stage.mjs")))
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
    const program = path.join(project, "node_modules/anneal/bin/anneal.mjs")
    const { stdout, stderr, status } = spawnSync("node", [program, "pipeline", "show", "pipeline.mjs"], {
      cwd: other,
      encoding: "utf8"
    })
    assert.strictEqual(stdout, "age\n")
    assert.include(stderr, "it exports no pipeline")
    assert.strictEqual(status, 2)
  })

  it("has configs of its own, which anneal composes and editors complete", () => {
    const file = "configs/trainer/default.yaml"
    const schema = /^# yaml-language-server: \$schema=(.+)$/m.exec(read(file))?.[1] ?? "none"
    assert.isTrue(existsSync(path.join(project, path.dirname(file), schema)))
    writeFileSync(path.join(project, file), read(file).replace(/^max_epochs: .*/m, "max_epochs: 77"))
    assert.include(anneal("config", "show", "trainer=default"), "max_epochs: 77")
  })

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
    const overwritten = await Anneal.run(taken, "init", "--overwrite")
    assert.strictEqual(overwritten.code, 0, overwritten.stderr)
    assert.include(overwritten.stdout, `files in .`)
    assert.strictEqual(readFileSync(path.join(taken, "thesis.txt"), "utf8"), "mine")
    assert.include(readFileSync(path.join(taken, "package.json"), "utf8"), `"anneal": "${manifest.version}"`)
  })

  it("takes a folder with nothing but git in it", async () => {
    const cloned = path.join(folder, "cloned")
    mkdirSync(path.join(cloned, ".git"), { recursive: true })
    const { code, stderr } = await Anneal.run(cloned, "init")
    assert.strictEqual(code, 0, stderr)
    assert.isTrue(existsSync(path.join(cloned, "src/train.ts")))
  })
})
