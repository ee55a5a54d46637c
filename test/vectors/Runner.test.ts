import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as Runner from "./Runner.ts"
import { sections } from "./sections.ts"
import { excluded, type Section } from "./Vector.ts"

const own = { id: "own/1", rule: "value", text: "[1, a]" }

const reports = (file: unknown, more: ReadonlyArray<Section> = []) =>
  Effect.provide(
    Runner.run(JSON.stringify(file), "/nowhere", [
      ...more,
      ...sections.filter(({ name }) => name === "parse")
    ]),
    NodeServices.layer
  )

const verdicts = (found: ReadonlyArray<Runner.SectionReport>) =>
  found.flatMap(({ cases }) => cases.map(({ verdict }) => verdict._tag))

describe("the vectors runner", () => {
  it.effect("passes a case only when the value is the one expected", () =>
    Effect.gen(function* () {
      const right = yield* reports({ parse: [{ ...own, expect: { ok: [1, "a"] } }] })
      assert.isTrue(Runner.isComplete(right))
      const wrong = yield* reports({ parse: [{ ...own, expect: { ok: [1, "b"] } }] })
      assert.isFalse(Runner.isComplete(wrong))
      assert.include(Runner.format(wrong), "parse      0/1 pass, 1 fail\n  own/1")
      assert.include(Runner.format(wrong), 'expected [1,"b"]\n    actual   [1,"a"]')
    })
  )

  it.effect("prefers what was recorded for Hydra 1.3", () =>
    Effect.gen(function* () {
      const both = { ...own, expect: { ok: 0 }, expect13: { ok: [1, "a"] } }
      assert.isTrue(Runner.isComplete(yield* reports({ parse: [both] })))
    })
  )

  it.effect("distinguishes errors from values, and kinds of errors from each other", () =>
    Effect.gen(function* () {
      const bad = { id: "own/2", rule: "value", text: "[" }
      const file = {
        parse: [
          { ...bad, expect: { error: "HydraException" } },
          { ...bad, expect: { error: "MissingConfigException" } },
          { ...bad, expect: { error: "AssertionError" }, non_hydra_error: true },
          { ...bad, expect: { ok: null } },
          { ...own, expect: { error: "HydraException" } }
        ]
      }
      assert.deepStrictEqual(verdicts(yield* reports(file)), ["Pass", "Fail", "Pass", "Fail", "Fail"])
    })
  )

  it.effect("fails a section it does not know and a case it cannot read", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(verdicts(yield* reports({ novel: [{ id: "x" }], parse: [{ id: "y" }] })), [
        "Fail",
        "Fail"
      ])
    })
  )

  it.effect("survives a case that crashes", () =>
    Effect.gen(function* () {
      const crash: Section = { name: "crash", run: () => Effect.die("no") }
      const found = yield* reports({ crash: [{ id: "x" }], parse: [{ ...own, expect: { ok: [1, "a"] } }] }, [
        crash
      ])
      assert.deepStrictEqual(verdicts(found), ["Fail", "Pass"])
    })
  )

  it.effect("looks at what a case of the command line records, and at nothing else", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const configs = yield* fs.makeTempDirectoryScoped()
      yield* fs.makeDirectory(`${configs}/app/conf`, { recursive: true })
      yield* fs.writeFileString(`${configs}/app/conf/config.yaml`, "a: 1\nb: ${a}\n")
      const judged = Effect.fnUntraced(function* (args: ReadonlyArray<string>, recorded: object) {
        const file = JSON.stringify({ cli: [{ id: "own/3", app: "app/my.py", args, ...recorded }] })
        return verdicts(yield* Runner.run(file, configs, sections))[0]
      })
      const shown = ["--cfg", "job"]
      assert.strictEqual(yield* judged(shown, { rc: 0 }), "Pass")
      assert.strictEqual(yield* judged(shown, { stdout: "a: 1\nb: ${a}\n" }), "Pass")
      assert.strictEqual(yield* judged(shown, { stdout: "a: 2\n" }), "Fail")
      assert.strictEqual(yield* judged(shown, { rc: 1 }), "Fail")
      assert.strictEqual(yield* judged(["nowhere=1"], { stdout: "a: 1\n" }), "Fail")
      assert.strictEqual(yield* judged(shown, { files: ["x"] }), "Fail")
      assert.strictEqual(yield* judged(["--version"], { rc: 0, stdout: "Hydra 1.3.8\n" }), "Pass")
      assert.strictEqual(yield* judged(["--resolve"], { rc: 1 }), "Pass")
      assert.strictEqual(yield* judged(["--config-dir", "/nowhere/at/all"], { rc: 1, files: [] }), "Pass")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("looks at what a composition records, and at nothing else", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const configs = yield* fs.makeTempDirectoryScoped()
      yield* fs.makeDirectory(`${configs}/conf/db`, { recursive: true })
      yield* fs.writeFileString(`${configs}/conf/config.yaml`, "defaults: [db: one, _self_]\na: ${db.b}\n")
      yield* fs.writeFileString(`${configs}/conf/db/one.yaml`, "b: 1\n")
      const judged = Effect.fnUntraced(function* (expect: object) {
        const asked = { id: "own/4", dir: "conf", config_name: "config", overrides: [], mode: "RUN" }
        const file = JSON.stringify({ compose: [{ ...asked, expect }] })
        return verdicts(yield* Runner.run(file, configs, sections))[0]
      })
      const right = {
        config: { db: { b: 1 }, a: "${db.b}" },
        yaml: "db:\n  b: 1\na: ${db.b}\n",
        choices: { db: "one" },
        defaults: [
          ["db/one", "db", false],
          ["config", "", true]
        ],
        resolved: { db: { b: 1 }, a: 1 }
      }
      const wrong = { config: {}, yaml: "", choices: {}, defaults: [], resolved: {} }
      assert.strictEqual(yield* judged({}), "Pass")
      for (const [aspect, value] of Object.entries(right))
        assert.strictEqual(yield* judged({ [aspect]: value }), "Pass", aspect)
      for (const [aspect, value] of Object.entries(wrong))
        assert.strictEqual(yield* judged({ ...right, [aspect]: value }), "Fail", aspect)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("is not complete without a case that passes, and says what it left out", () =>
    Effect.gen(function* () {
      const python: Section = { name: "python", run: () => Effect.succeed(excluded("Python")) }
      const found = yield* reports({ python: [{ id: "x" }] }, [python])
      assert.isFalse(Runner.isComplete(found))
      assert.strictEqual(Runner.format(found), "python     0/0 pass, 0 fail\n  1 excluded: Python")
      assert.isFalse(Runner.isComplete(yield* reports({})))
    })
  )
})
