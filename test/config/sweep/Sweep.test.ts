import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Override from "../../../src/config/override/Override.ts"
import * as Sweep from "../../../src/config/sweep/Sweep.ts"

const options = { groupOptions: () => Effect.succeed(["adam", "adamw", "sgd", "sgd_old"]) }

const expand = (overrides: ReadonlyArray<string>, more: Partial<Sweep.ExpandOptions> = {}) =>
  Effect.flatMap(
    Effect.forEach(overrides, (text, index) => Effect.fromResult(Override.parse(text, index))),
    (parsed) => Sweep.expand(parsed, { ...options, ...more })
  )

const jobs = (overrides: ReadonlyArray<string>) => Effect.map(expand(overrides), (batches) => batches.flat())

const values = (text: string) =>
  Effect.map(jobs([`a=${text}`]), (all) => all.map(([job = ""]) => job.slice("a=".length)))

describe("Sweep.expand", () => {
  it.effect("makes every combination, the last override fastest", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* jobs(["a=1,2", "b=x", "+c@d=y,z"]), [
        ["a=1", "b=x", "+c@d=y"],
        ["a=1", "b=x", "+c@d=z"],
        ["a=2", "b=x", "+c@d=y"],
        ["a=2", "b=x", "+c@d=z"]
      ])
    })
  )

  it.effect("is one job without overrides, and none for an empty sweep", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* expand([]), [[[]]])
      assert.deepStrictEqual(yield* expand(["a=range(0)"]), [[]])
    })
  )

  it.effect("lets the last override of a key win, at the place of the first", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* jobs(["a=1,2", "b=3", "a=4"]), [["a=4", "b=3"]])
    })
  )

  it.effect("cuts batches, the last one short", () =>
    Effect.gen(function* () {
      const batches = yield* expand(["a=range(5)"], { batchSize: 2 })
      assert.deepStrictEqual(
        batches.map((batch) => batch.length),
        [2, 2, 1]
      )
    })
  )

  it.effect("writes values as Hydra does", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* values("null,true,1.0,a\\,b,'c d',[1, {e: f g}],${h}"), [
        "null",
        "True",
        "1.0",
        "a\\,b",
        "'c d'",
        "[1,{e:f\\ g}]",
        "$\\{h\\}"
      ])
    })
  )

  it.effect("quotes a value that the job could not read again", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* values("choice('x;y',\"it's\",'plain')"), ["'x;y'", "'it\\'s'", "plain"])
    })
  )

  it.effect("counts float ranges in decimals", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* values("range(0,0.5,0.1)"), ["0.0", "0.1", "0.2", "0.3", "0.4"])
      assert.deepStrictEqual(yield* values("range(2,0.5,-0.5)"), ["2.0", "1.5", "1.0"])
    })
  )

  it.effect("counts whole ranges exactly beyond the safe integers", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* values("range(9007199254740991,9007199254740994,2)"), [
        "9007199254740991",
        "9007199254740993"
      ])
    })
  )

  it.effect("selects the options of the group by glob", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* values("glob(*)"), ["adam", "adamw", "sgd", "sgd_old"])
      assert.deepStrictEqual(yield* values("glob([adam?,sgd*],exclude=*_old)"), ["adamw", "sgd"])
      assert.deepStrictEqual(yield* values("glob(none*)"), [])
    })
  )

  it.effect("shuffles by a seed from the override's text", () =>
    Effect.gen(function* () {
      const once = yield* values("shuffle(range(20))")
      assert.deepStrictEqual(yield* values("shuffle(range(20))"), once)
      assert.sameMembers([...once], [...(yield* values("range(20)"))])
      assert.notDeepEqual(once, yield* values("range(20)"))
    })
  )

  for (const [override, problem] of [
    ["a=interval(0,1)", "an interval has infinitely many values"],
    ["a=[choice(1,2)]", "a sweep cannot be inside another value"],
    ["a=range(0,1,0)", "a step of 0 never reaches the end"],
    ["a=range(0,inf,1)", "a range needs finite numbers"],
    ["a=range(0,1,1e-9)", "the range has more than 100000 values"],
    ["a=glob([1])", "a pattern of glob() must be text"]
  ] as const) {
    it.effect(`refuses ${override}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(expand([override]))
        assert.strictEqual(error._tag, "SweepError")
        assert.strictEqual(error.problem, problem)
        assert.include(error.message, `  ${override}\n`)
      })
    )
  }

  it.effect("refuses more jobs than the limit before it makes them", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(expand(["a=range(1000)", "b=range(1000)", "c=range(1000)"]))
      assert.strictEqual(error.problem, "the sweep has more than 100000 jobs")
    })
  )

  it.effect("refuses a batch of no jobs", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(expand(["a=1,2"], { batchSize: 0 }))
      assert.strictEqual(error.problem, "a batch cannot have 0 jobs")
    })
  )
})
