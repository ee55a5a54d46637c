import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Config from "../../../src/config/Config.ts"
import * as memory from "../memory.ts"

const runtime = {
  cwd: "/w",
  now: new Date(2025, 0, 2, 3, 4, 5),
  env: { USER: "casey", RATE: "0.5", EMPTY: "" },
  jobName: "app"
}

const compose = (
  text: string,
  overrides: ReadonlyArray<string> = [],
  resolvers: Config.ComposeOptions["resolvers"] = new Map()
) =>
  Config.compose({ searchPath: ["conf"], configName: "config", overrides, runtime, resolvers }).pipe(
    Effect.provide(memory.layer({ "/w/conf/config.yaml": text }))
  )

const resolve = (text: string, overrides: ReadonlyArray<string> = []) =>
  Effect.flatMap(compose(text, overrides), Config.resolve)

const problems = (text: string) =>
  Effect.map(Effect.flip(resolve(text)), (error) => error.message.split("\n"))

describe("interpolations", () => {
  const cases: ReadonlyArray<readonly [about: string, text: string, key: string, value: unknown]> = [
    ["keep the type of what they refer to", "a: 1e-3\nb: ${a}\n", "b", 0.001],
    ["in text are text", "a: 1e-3\nb: r=${a}, ${a}\n", "b", "r=0.001, 0.001"],
    ["follow each other", "a: ${b}\nb: ${c}\nc: 7\n", "a", 7],
    ["copy mappings", "a: {x: 1, y: '${c}'}\nb: ${a}\nc: 2\n", "b", { x: 1, y: 2 }],
    ["copy lists", "a: [1, '${c}']\nb: ${a}\nc: 2\n", "b", [1, 2]],
    ["read list items", "a: [x, y]\nb: ${a[1]}-${a.0}\n", "b", "y-x"],
    ["are relative with a dot", "m: {a: 1, b: '${.a}'}\n", "m", { a: 1, b: 1 }],
    [
      "go up with more dots",
      "a: 1\nm: {n: {b: '${...a}', c: '${..d}'}, d: 4}\n",
      "m",
      { n: { b: 1, c: 4 }, d: 4 }
    ],
    [
      "are relative to where they stand, not to who reads them",
      "m: {a: 1, b: '${.a}'}\na: 2\nc: ${m.b}\n",
      "c",
      1
    ],
    ["nest", "which: x\nx: {v: 1}\ny: {v: 2}\nb: ${${which}.v}\n", "b", 1],
    ["nest within a key", "i: x\nm: {x: 5}\nb: ${m.${i}}\n", "b", 5],
    ["are escaped", "a: \\${b}\nc: 'x\\\\${d}'\nd: 1\n", "a", "${b}"],
    ["read the environment as text", "a: ${oc.env:RATE}\n", "a", "0.5"],
    ["read the environment with a default", "a: ${oc.env:NOPE,4}\nb: ${oc.env:NOPE,null}\n", "a", "4"],
    ["decode the environment", "a: ${oc.decode:${oc.env:RATE}}\n", "a", 0.5],
    ["select what may be absent", "a: ${oc.select:nope,9}\n", "a", 9],
    ["create mappings", "a: ${oc.create:{x:1}}\n", "a", { x: 1 }],
    [
      "list keys and values",
      "m: {x: 1, y: 2}\na: ['${oc.dict.keys:m}', '${oc.dict.values:m}']\n",
      "a",
      [
        ["x", "y"],
        [1, 2]
      ]
    ],
    ["know the time of the run", "a: ${now:%Y-%m-%d_%H-%M-%S}\n", "a", "2025-01-02_03-04-05"],
    ["know the run", "a: ${hydra:job.name} ${hydra:runtime.cwd}\n", "a", "app /w"]
  ]

  for (const [about, text, key, value] of cases) {
    it.effect(about, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* Config.resolveKey(yield* compose(text), key), value)
      })
    )
  }

  it.effect("see overrides, wherever they stand", () =>
    Effect.gen(function* () {
      const text = "a: 1\nb: ${a}\nm: {c: '${b}'}\n"
      assert.deepStrictEqual(yield* resolve(text, ["a=2", "+d='${m.c}'"]), { a: 2, b: 2, m: { c: 2 }, d: 2 })
    })
  )

  it.effect("leave missing values alone, and name who needs them", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* resolve("a: ???\nb: 1\n"), { a: "???", b: 1 })
      assert.deepStrictEqual(yield* problems("a: ???\nm: {b: '${a}'}\n"), [
        'conf/config.yaml:2:8: m.b: ${a}: "a" has no value yet (???).'
      ])
    })
  )

  it.effect("name every key of a cycle", () =>
    Effect.gen(function* () {
      const found = yield* problems("a: ${b}\nb: x${m.c}\nm: {c: '${a}'}\nd: 1\n")
      assert.lengthOf(found, 3)
      assert.strictEqual(
        found[0],
        "conf/config.yaml:1:4: a: ${b}: the interpolations form a cycle: a -> b -> m.c -> a."
      )
    })
  )

  it.effect("report all problems, each at its place", () =>
    Effect.gen(function* () {
      const found = yield* problems(
        "abc: 1\na: ${nope}\nb: ${what:1}\nc: ${oc.env:NOPE}\nd: [x, '${abc.x}']\n"
      )
      assert.deepStrictEqual(found, [
        'conf/config.yaml:2:4: a: ${nope}: there is no key "nope".',
        'conf/config.yaml:3:4: b: ${what:1}: there is no resolver "what".',
        'conf/config.yaml:4:4: c: ${oc.env:NOPE}: oc.env: the environment variable "NOPE" is not set, and there is no default.',
        'conf/config.yaml:5:8: d[1]: ${abc.x}: "abc" is 1, which has no key "x".'
      ])
    })
  )

  it.effect("that are malformed are refused when the file is read", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(compose("a: 1\nb: ${a\n"))
      assert.strictEqual(error._tag, "FileInvalid")
      assert.include(error.message, "conf/config.yaml:2:4")
    })
  )

  it.effect("that copy exponentially are refused at a bound", () =>
    Effect.gen(function* () {
      const lines = Array.from(
        { length: 12 },
        (_, i) => `a${i + 1}: [${Array(9).fill(`"\${a${i}}"`).join(", ")}]`
      )
      const composed = yield* compose(["a0: [1, 2, 3]", ...lines].join("\n"))
      const error = yield* Effect.flip(Config.resolve(composed))
      assert.include(
        error.errors.map(({ _tag }) => _tag),
        "InterpolationTooLarge"
      )
    })
  )

  it.effect("that double a text each time are refused at a bound, of steps and of length", () =>
    Effect.gen(function* () {
      const doubled = Array.from({ length: 40 }, (_, i) => `a${i + 1}: \${a${i}}\${a${i}}`)
      const tagsOf = Effect.fnUntraced(function* (text: string) {
        const error = yield* Effect.flip(Config.resolve(yield* compose(text)))
        return error.errors.map(({ _tag }) => _tag)
      })
      assert.include(yield* tagsOf(["a0: x", ...doubled].join("\n")), "InterpolationTooLarge")
      const long = [`a0: ${"x".repeat(1_000_000)}`, ...doubled.slice(0, 10)].join("\n")
      assert.include(yield* tagsOf(long), "InterpolationTooLarge")
    })
  )

  it.effect("of deprecated keys are warned of", () =>
    Effect.gen(function* () {
      const text = "rate: 5\nlr: ${oc.deprecated:rate}\n"
      const composed = yield* compose(text)
      assert.strictEqual(yield* Config.resolveKey(composed, "lr"), 5)
      const Plan = Schema.Struct({ rate: Schema.Int, lr: Schema.Int })
      const { warnings } = yield* Config.decodeWithWarnings(Plan, composed)
      assert.deepStrictEqual(
        warnings.map(({ _tag, message }) => [_tag, message]),
        [["KeyDeprecated", "lr: 'lr' is deprecated. Change your code and config to use 'rate'"]]
      )
    })
  )
})

class TooLarge extends Data.TaggedError("TooLarge")<{ readonly message: string }> {}

describe("resolvers of the user", () => {
  it.effect("are effects of plain values", () =>
    Effect.gen(function* () {
      const resolvers = new Map([
        [
          "sum",
          Config.resolver((...args) =>
            Effect.succeed(args.reduce((sum: number, arg) => sum + Number(arg), 0))
          )
        ],
        [
          "later",
          Config.resolver((name) => Effect.as(Effect.yieldNow, { name: String(name), parts: [1, "x"] }))
        ]
      ])
      const text = "a: ${sum:1,2,${b}}\nb: 4\nc: ${later:${a}}\nd: ${sum:${a},${a}}\n"
      assert.deepStrictEqual(yield* Config.resolve(yield* compose(text, [], resolvers)), {
        a: 7,
        b: 4,
        c: { name: "7", parts: [1, "x"] },
        d: 14
      })
    })
  )

  it.effect("run once, however many read the interpolation", () =>
    Effect.gen(function* () {
      let runs = 0
      const count = Config.resolver(() => Effect.sync(() => (runs += 1)))
      const composed = yield* compose("a: ${count:}\nb: ${a}\nc: ${a}\n", [], new Map([["count", count]]))
      yield* Config.resolve(composed)
      assert.strictEqual(runs, 1)
    })
  )

  it.effect("fail at the place of the interpolation", () =>
    Effect.gen(function* () {
      const refuse = Config.resolver(() => Effect.fail(new TooLarge({ message: "too large" })))
      const composed = yield* compose("a: 1\nb: {c: 'x${half:3}'}\n", [], new Map([["half", refuse]]))
      const error = yield* Effect.flip(Config.resolve(composed))
      assert.strictEqual(error.message, "conf/config.yaml:2:8: b.c: x${half:3}: half: too large.")
    })
  )
})
