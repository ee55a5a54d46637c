import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import * as Config from "../../../src/config/Config.ts"
import * as Run from "../../../src/config/sweep/Run.ts"
import * as memory from "../memory.ts"

const runtime = { cwd: "/w", now: new Date(2025, 0, 2, 3, 4, 5), env: {}, jobName: "train" }

const start = (text: string, overrides: ReadonlyArray<string> = []) =>
  Config.compose({ searchPath: ["conf"], configName: "config", overrides, runtime }).pipe(
    Effect.flatMap(Run.start),
    Effect.provide(memory.layer({ "/w/conf/config.yaml": text }))
  )

describe("Run.start", () => {
  it.effect("gives the run its folder and what .hydra records", () =>
    Effect.gen(function* () {
      const { composed, folder, files } = yield* start("a: 1\nb: ${a}\n", ["a=2", "hydra.job.chdir=true"])
      assert.strictEqual(folder, "/w/outputs/2025-01-02/03-04-05")
      assert.sameMembers(Object.keys(files), [
        ".hydra/config.yaml",
        ".hydra/hydra.yaml",
        ".hydra/overrides.yaml"
      ])
      assert.strictEqual(files[".hydra/config.yaml"], "a: 2\nb: ${a}\n")
      assert.strictEqual(files[".hydra/overrides.yaml"], "- a=2\n")
      const hydra = files[".hydra/hydra.yaml"] ?? ""
      for (const line of [
        "hydra:\n  run:\n    dir: outputs/${now:%Y-%m-%d}/${now:%H-%M-%S}\n",
        "  overrides:\n    hydra:\n    - hydra.job.chdir=true\n    - hydra.mode=RUN\n    task:\n    - a=2\n",
        "  mode: RUN\n",
        "    output_dir: /w/outputs/2025-01-02/03-04-05\n",
        "    choices:\n"
      ])
        assert.include(hydra, line)
      assert.strictEqual(yield* Config.resolveKey(composed, "hydra.runtime.output_dir"), folder)
    })
  )

  it.effect("reads back what it recorded", () =>
    Effect.gen(function* () {
      const first = yield* start("a: 1\nb: ${a}\n", ["a=on"])
      const second = yield* start(first.files[".hydra/config.yaml"] ?? "")
      assert.deepStrictEqual(Config.toPlain(second.composed), Config.toPlain(first.composed))
      assert.deepStrictEqual(Config.toPlain(second.composed), { a: "on", b: "${a}" })
    })
  )

  it.effect("takes the folder from the configuration, absolute or not", () =>
    Effect.gen(function* () {
      const folderOf = (dir: string) =>
        Effect.map(start(`name: 7\nhydra: {run: {dir: "${dir}"}}\n`), ({ folder }) => folder)
      assert.strictEqual(yield* folderOf("runs/${name}"), "/w/runs/7")
      assert.strictEqual(yield* folderOf("/tmp/${hydra:job.name}"), "/tmp/train")
    })
  )

  it.effect("puts its folder into the configuration", () =>
    Effect.gen(function* () {
      const { composed } = yield* start("out: ${hydra:runtime.output_dir}/x\nhydra: {run: {dir: r}}\n")
      assert.deepStrictEqual(yield* Config.resolve(composed), { out: "/w/r/x" })
    })
  )

  it.effect("records nothing without a subfolder", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* start("a: 1\n", ["hydra.output_subdir=null"])).files, {})
    })
  )

  it.effect("says where a folder's name has no value", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(start("name: 7\n", ["hydra.run.dir='${nope}'"]))
      assert.include(
        error.message,
        'override "hydra.run.dir=\'${nope}\'": hydra.run.dir: ${nope}: there is no key "nope".'
      )
    })
  )

  it.effect("can have another folder", () =>
    Effect.gen(function* () {
      const { composed } = yield* start("a: 1\n")
      const { folder, files } = yield* Run.startIn(composed, "elsewhere").pipe(Effect.provide(Path.layer))
      assert.strictEqual(folder, "/w/elsewhere")
      assert.include(files[".hydra/hydra.yaml"], "output_dir: /w/elsewhere\n")
    })
  )
})
