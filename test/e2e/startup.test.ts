import { assert, it, onTestFinished } from "vitest"
import * as Anneal from "../support/anneal.ts"
import { loadedByAnneal, loadedByAnnealIn, loadedByNode } from "../support/modules.ts"
import * as Project from "../support/project.ts"

const heavy = /^(@tensorflow\/|sharp$|@napi-rs\/canvas)/

it.each([
  { args: ["--help"], code: 0 },
  { args: ["config", "show"], code: 0 },
  { args: ["train", "trainer.max_epoch=3"], code: 2 }
])("`anneal $args` loads neither TensorFlow.js nor sharp", ({ args, code }) => {
  const loaded = loadedByAnneal(...args)
  assert.strictEqual(loaded.code, code, loaded.stderr)
  assert.deepStrictEqual(
    loaded.packages.filter((name) => heavy.test(name)),
    []
  )
})

it.each([
  { args: ["train", "data.sample=3"], says: 'did you mean "samples"' },
  { args: ["train", "model.hidden=many"], says: "model.hidden: expected" },
  { args: ["test", "checkpoint_pth=best"], says: 'did you mean "checkpoint_path"' }
])("`anneal $args` of a task of one's own loads neither of them, and one Effect", ({ args, says }) => {
  const project = Project.foreign()
  onTestFinished(() => Anneal.remove(project))
  const { code, modules, packages, stderr } = loadedByAnnealIn(project, ...args)
  assert.strictEqual(code, 2, stderr)
  assert.include(stderr, says)
  assert.isTrue(modules.some((url) => url.endsWith("/src/task.ts")))
  assert.deepStrictEqual(
    packages.filter((name) => heavy.test(name)),
    []
  )
  // The bundle's own Effect takes the place of the one that the module imports.
  assert.deepStrictEqual(
    modules.filter((url) => url.endsWith("/node_modules/effect/dist/Effect.js")),
    []
  )
})

it("`anneal --help` loads no part of Node that only other commands need", () => {
  const { modules } = loadedByAnneal("--help")
  assert.deepStrictEqual(
    modules.filter((url) => /^node:(child_process|readline|sqlite|worker_threads)$/.test(url)),
    []
  )
})

it("`anneal pipeline` from the sources gives a module the sources, and one Effect", () => {
  const { code, modules, stderr } = loadedByNode(
    "src/cli/sharedMain.ts",
    "pipeline",
    "show",
    "bench/fixtures/twentyStages.ts"
  )
  assert.strictEqual(code, 0, stderr)
  assert.lengthOf(
    modules.filter((url) => url.endsWith("/src/pipeline/stage/Stage.ts")),
    1
  )
  assert.deepStrictEqual(
    modules.filter((url) => url.includes("/dist/lib/")),
    []
  )
})

it("`anneal/Config` alone loads no TensorFlow.js, no sharp and no YAML parser", () => {
  const { code, packages, stderr } = loadedByNode("src/config/Config.ts")
  assert.strictEqual(code, 0, stderr)
  assert.include(packages, "effect")
  assert.deepStrictEqual(
    packages.filter((name) => heavy.test(name) || name === "yaml"),
    []
  )
})
