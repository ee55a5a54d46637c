import { assert, it } from "vitest"
import { loadedByAnneal, loadedByNode } from "../support/modules.ts"

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

it("`anneal --help` loads no part of Node that only other commands need", () => {
  const { modules } = loadedByAnneal("--help")
  assert.deepStrictEqual(
    modules.filter((url) => /^node:(child_process|readline|sqlite|worker_threads)$/.test(url)),
    []
  )
})

it("`anneal pipeline` from the sources gives a module the sources, and one Effect", () => {
  const { code, modules, stderr } = loadedByNode(
    "src/cli/pipelineMain.ts",
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
