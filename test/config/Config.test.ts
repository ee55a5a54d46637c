import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import * as Config from "../../src/config/Config.ts"
import * as memory from "./memory.ts"

const runtime = { cwd: "/w", now: new Date(2025, 0, 2, 3, 4, 5), env: { USER: "casey" }, jobName: "train" }

const compose = (
  files: Record<string, string>,
  overrides: ReadonlyArray<string> = [],
  configName = "config"
) =>
  Config.compose({ searchPath: ["conf"], configName, overrides, runtime }).pipe(
    Effect.provide(
      memory.layer(
        Object.fromEntries(Object.entries(files).map(([name, text]) => [`/w/conf/${name}.yaml`, text]))
      )
    )
  )

const tree = {
  config: "defaults:\n  - db: mysql\n  - _self_\nseed: 42\nname: ${db.driver}-${seed}\nrate: 1e-3\n",
  "db/mysql": "driver: mysql\nport: 3306\n",
  "db/sqlite": "driver: sqlite\nfile: test.db\n"
}

describe("Config", () => {
  it.effect("composes groups, overrides and interpolations", () =>
    Effect.gen(function* () {
      const composed = yield* compose(tree, ["db=sqlite", "seed=7", "+db.timeout=1.0"])
      assert.deepStrictEqual(Config.toPlain(composed), {
        db: { driver: "sqlite", file: "test.db", timeout: 1 },
        seed: 7,
        name: "${db.driver}-${seed}",
        rate: 0.001
      })
      assert.deepStrictEqual(
        [...composed.choices].filter(([key]) => !key.startsWith("hydra/")),
        [["db", "sqlite"]]
      )
      const resolved = yield* Config.resolve(composed)
      assert.deepInclude(resolved, { name: "sqlite-7" })
      assert.strictEqual(
        Config.toYaml(composed.config),
        "db:\n  driver: sqlite\n  file: test.db\n  timeout: 1.0\nseed: 7\nname: ${db.driver}-${seed}\nrate: 0.001\n"
      )
    })
  )

  it.effect("fills the hydra node", () =>
    Effect.gen(function* () {
      const composed = yield* compose(tree, ["hydra.run.dir=out/${name}/${now:%Y-%m-%d}", "seed=7"])
      assert.strictEqual(yield* Config.resolveKey(composed, "hydra.run.dir"), "out/mysql-7/2025-01-02")
      assert.strictEqual(yield* Config.resolveKey(composed, "hydra.output_subdir"), ".hydra")
      assert.deepStrictEqual(yield* Config.resolveKey(composed, "hydra.overrides.task"), ["seed=7"])
    })
  )

  it.effect("explains a key from the winner back to the first value", () =>
    Effect.gen(function* () {
      const composed = yield* compose(tree, ["db=sqlite", "db.driver=duck"])
      assert.strictEqual(
        Config.renderExplanation(Config.explain(composed, "db.driver")),
        [
          "db.driver = 'duck'",
          '  set by override "db.driver=duck"',
          "  over 'sqlite', set at conf/db/sqlite.yaml:1:9 (db=sqlite, chosen by override \"db=sqlite\")"
        ].join("\n")
      )
      const name = Config.explain(composed, "name")
      assert.strictEqual(name.resolved, "'duck-42'")
      const gone = Config.explain(yield* compose(tree, ["~name", "~seed"]), "seed")
      assert.deepInclude(gone, { found: false, deleted: "~seed" })
      assert.strictEqual(Config.explain(composed, "sed").nearest, "seed")
    })
  )

  it.effect("reports every problem of a configuration at once, each with its place", () =>
    Effect.gen(function* () {
      const Plan = Schema.Struct({
        seed: Schema.Int,
        name: Schema.String,
        rate: Schema.Finite,
        db: Schema.Union([
          Schema.Struct({ kind: Schema.tag("mysql"), port: Schema.Int }),
          Schema.Struct({ kind: Schema.tag("sqlite"), file: Schema.String })
        ]),
        limit: Schema.Int
      })
      const files = {
        config: "defaults: [db: one, _self_]\nseed: ???\nname: ${nope}\nrates: 1\nrate: fast\n",
        "db/one": "_target_: drivers.MySQL\nport: 3306\n"
      }
      const composed = yield* compose(files, ["+limit=1.5"])
      const error = yield* Effect.flip(Config.decode(Plan, composed))
      assert.deepStrictEqual(error.message.split("\n"), [
        'conf/config.yaml:3:7: name: ${nope}: there is no key "nope".',
        "conf/config.yaml:2:7: seed: it has no value yet (???). Set it with seed=VALUE.",
        'conf/config.yaml:4:1: rates: there is no such key (did you mean "rate"?). Known keys: seed, name, rate, db, limit.',
        'conf/config.yaml:5:7: rate: expected number, but found "fast".',
        "conf/db/one.yaml:1:1: db._target_: Python targets are not used here. Write kind: mysql instead.",
        'override "+limit=1.5": limit: expected an integer, but found 1.5.'
      ])
    })
  )

  it.effect("says what to write for a Python target that stands beside a kind", () =>
    Effect.gen(function* () {
      const Plan = Schema.Struct({
        db: Schema.Union([
          Schema.Struct({ kind: Schema.tag("mysql"), port: Schema.Int }),
          Schema.Struct({ kind: Schema.tag("sqlite"), file: Schema.String })
        ]),
        loader: Schema.Struct({ batch: Schema.Int })
      })
      const problemsOf = (target: string) =>
        Effect.gen(function* () {
          const files = {
            config: `db: {kind: mysql, port: 1, _target_: ${target}}\nloader: {batch: 1, _target_: torch.Loader}\n`
          }
          const error = yield* Effect.flip(Config.decode(Plan, yield* compose(files)))
          return error.message.split("\n")
        })
      const refused = "conf/config.yaml:1:28: db._target_: Python targets are not used here."
      const loader =
        "conf/config.yaml:2:20: loader._target_: Python targets are not used here. Remove the key."
      assert.deepStrictEqual(yield* problemsOf("drivers.MySQL"), [
        `${refused} Remove the key: kind: mysql already says so.`,
        loader
      ])
      assert.deepStrictEqual(yield* problemsOf("drivers.SQLite"), [
        `${refused} Write kind: sqlite in place of both it and kind: mysql.`,
        loader
      ])
      assert.deepStrictEqual(yield* problemsOf("drivers.Oracle"), [
        `${refused} Remove the key, or change kind: mysql. Allowed: mysql, sqlite.`,
        loader
      ])
    })
  )

  it.effect("lets helper keys stand that an interpolation reads", () =>
    Effect.gen(function* () {
      const Plan = Schema.Struct({ loader: Schema.Struct({ batch: Schema.Int }) })
      const files = { config: "vars: {batch: 4, unused: 1}\nloader: {batch: '${vars.batch}'}\n" }
      const { value, warnings } = yield* Config.decodeWithWarnings(Plan, yield* compose(files))
      assert.deepStrictEqual(value, { loader: { batch: 4 } })
      assert.deepStrictEqual(
        warnings.map((warning) => warning.message),
        ['conf/config.yaml:1:18: nothing reads "vars.unused".']
      )
    })
  )

  it.effect("names the nearest option of a group", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(compose(tree, ["db=sqlit"]))
      assert.strictEqual(error._tag, "ConfigNotFound")
      assert.include(error.message, 'override "db=sqlit": there is no "db/sqlit". Did you mean "sqlite"?')
    })
  )

  it.effect("refuses a key that does not exist and names the nearest", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(compose(tree, ["sed=1"]))
      assert.strictEqual(
        error.message,
        'override "sed=1": there is no key "sed" (did you mean "seed"?).\nTo add it, use +sed=1'
      )
    })
  )

  it.effect("loads a program's configuration, and says what is doubtful in it", () =>
    Effect.gen(function* () {
      const said: Array<unknown> = []
      const listener = Logger.make(({ message }) => said.push(message))
      const Plan = Schema.Struct({ db: Schema.Struct({ port: Schema.Int }), seed: Schema.Int })
      const files = {
        [`${process.cwd()}/conf/config.yaml`]:
          "defaults:\n  - db: mysql\n  - _self_\nseed: '${vars.b}'\nvars: {a: 1, b: 1}\n",
        [`${process.cwd()}/conf/db/mysql.yaml`]: "port: 3306\n"
      }
      const load = (...overrides: ReadonlyArray<string>) =>
        Config.load(Plan, { searchPath: ["conf"], name: "config", overrides }).pipe(
          Effect.provide([memory.layer(files), Logger.layer([listener])])
        )
      assert.deepStrictEqual(yield* load("db.port=1"), { db: { port: 1 }, seed: 1 })
      assert.include(String(said), 'nothing reads "vars.a"')
      const wrong = yield* Effect.flip(load("db.port=x", "seed=y"))
      assert.include(wrong.message, 'override "db.port=x": db.port: expected number')
      assert.include(wrong.message, 'override "seed=y": seed: expected number')
    })
  )
})
