import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Check from "../../../src/config/inspect/Check.ts"
import * as memory from "../memory.ts"

const runtime = { cwd: "/w", now: new Date(0), env: {}, jobName: "app" }

const check = (files: Readonly<Record<string, string>>, more: Partial<Check.CheckOptions> = {}) =>
  Check.check({ searchPath: ["conf"], runtime, ...more }).pipe(
    Effect.map((findings) => findings.map(({ _tag, message }) => [_tag, message])),
    Effect.provide(
      memory.layer(
        Object.fromEntries(Object.entries(files).map(([name, text]) => [`/w/conf/${name}.yaml`, text]))
      )
    )
  )

const sound = {
  train: "defaults:\n  - db: mysql\n  - base\n  - _self_\nseed: 1\n",
  test: "defaults:\n  - db: sqlite\n  - base\n  - _self_\nseed: 2\n",
  base: "log: true\n",
  "db/mysql": "driver: mysql\nport: 1\n",
  "db/sqlite": "driver: sqlite\n"
}

describe("Check.check", () => {
  it.effect("has nothing to say about a sound tree", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* check(sound), [])
    })
  )

  it.effect("finds files and groups that nothing uses", () =>
    Effect.gen(function* () {
      const findings = yield* check({
        ...sound,
        "part/old": "a: 1\n",
        "part/in_use": "b: 1\n",
        "lone/x": "c: 1\n",
        base: "defaults: [part/in_use]\n"
      })
      assert.deepStrictEqual(findings, [
        [
          "GroupUnreachable",
          'no defaults list offers the group "lone" (x); it can only be added with +lone=OPTION. To offer it, add "- lone: null" to a defaults list.'
        ],
        ["FileDead", 'conf/part/old.yaml: no defaults list names "part/old".']
      ])
    })
  )

  it.effect("finds values that are always overwritten", () =>
    Effect.gen(function* () {
      const findings = yield* check({ ...sound, base: "log: true\nseed: 0\n" })
      assert.deepStrictEqual(findings, [
        [
          "KeyDead",
          "conf/base.yaml:2:1: seed has no effect anywhere; it is always overwritten (conf/test.yaml:5:7)."
        ]
      ])
    })
  )

  it.effect("does not call a value dead that one configuration keeps", () =>
    Effect.gen(function* () {
      const { test, ...files } = sound
      const kept = { ...files, test: test.replace("seed: 2\n", ""), base: "log: true\nseed: 0\n" }
      assert.deepStrictEqual(yield* check(kept), [])
    })
  )

  it.effect("tries every option, and reports one that does not compose once", () =>
    Effect.gen(function* () {
      const findings = yield* check({ ...sound, "db/broken": "defaults: [nope]\n" })
      assert.deepStrictEqual(
        findings.map(([tag]) => tag),
        ["CompositionBroken", "CompositionBroken"]
      )
      assert.include(findings[0]?.[1], 'test db=broken: conf/db/broken.yaml:1:12: there is no "db/nope"')
      assert.include(findings[1]?.[1], "train db=broken: ")
    })
  )

  it.effect("decodes what has a schema, and takes no offence at what is still to be given", () =>
    Effect.gen(function* () {
      const db = Schema.Struct({ driver: Schema.String, port: Schema.optionalKey(Schema.Int) })
      const train = Schema.Struct({ db, log: Schema.Boolean, seed: Schema.Int })
      const files = {
        ...sound,
        train: sound.train.replace("seed: 1", "seed: ???"),
        "db/odd": "driver: odd\nprot: 1\n"
      }
      assert.deepStrictEqual(yield* check(files, { schemas: { train } }), [
        [
          "CompositionBroken",
          'train db=odd: conf/db/odd.yaml:2:1: db.prot: there is no such key (did you mean "port"?). Known keys: driver, port.'
        ]
      ])
    })
  )

  it.effect("reports what composes with a warning", () =>
    Effect.gen(function* () {
      const findings = yield* check({ ...sound, "db/late": "# Late.\n# @package _global_\nport: 1\n" })
      assert.deepStrictEqual(
        findings.map(([tag]) => tag),
        ["CompositionDoubtful"]
      )
      assert.include(
        findings[0]?.[1],
        'conf/db/late.yaml:2:1: the header "# @package _global_" has no effect'
      )
    })
  )

  it.effect("says first what cannot be read", () =>
    Effect.gen(function* () {
      const findings = yield* check({ ...sound, "db/torn": "a: [1\n", "lone/x": "c: 1\n" })
      assert.lengthOf(findings, 1)
      assert.include(findings[0]?.[1], "db/torn: conf/db/torn.yaml:")
    })
  )
})
