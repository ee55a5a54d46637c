/** `model.weights` stands beside whatever keys a task has in `model`, and a task's author writes nothing for it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as PlanDefaults from "../../src/cli/programs/config/PlanDefaults.ts"
import { type Keys, lazy } from "../../src/pipeline/module/TaskModule.ts"
import { field } from "../../src/pipeline/plan/Plan.ts"
import * as Plans from "../../src/runs/Plans.ts"

const task = <P>(plan: Keys<P>) =>
  lazy({ name: "own", plan, objective: { metric: "loss", mode: "min" }, load: Effect.never })

const Small = Schema.Struct({ kind: Schema.tag("small"), units: field(Schema.Int, 4, "Units.") })
const Large = Schema.Struct({ kind: Schema.tag("large"), depth: field(Schema.Int, 2, "Layers.") })

const none = { path: null, names: "auto", prefix: "", into: "", mismatch: "refuse" } as const

const decoded = Effect.fnUntraced(function* <P>(plan: Keys<P>, input: unknown) {
  const module = task(plan)
  return yield* Plans.trainPlan(module, yield* Plans.decode(module, "train", input))
})

const forms: ReadonlyArray<[what: string, plan: Keys<unknown>, given: object]> = [
  ["a task without the key", Schema.Struct({ data: field(Schema.Int, 1, "Data.") }), {}],
  ["a mapping", Schema.Struct({ model: Schema.Struct({ units: Schema.Int }) }), { units: 3 }],
  [
    "a mapping with a default",
    Schema.Struct({ model: field(Schema.Struct({ units: field(Schema.Int, 4, "Units.") }), {}, "The net.") }),
    { units: 3 }
  ],
  [
    "one of several mappings",
    Schema.Struct({ model: field(Schema.Union([Small, Large]), { kind: "small" }, "The net.") }),
    { kind: "large", depth: 5 }
  ]
]

describe("model.weights", () => {
  it.effect.each(forms)("of %s: a path, or keys", ([, plan, given]) =>
    Effect.gen(function* () {
      const short = yield* decoded(plan, { model: { ...given, weights: "a.safetensors" } })
      assert.deepStrictEqual(short.weights, { ...none, path: "a.safetensors" })
      const long = yield* decoded(plan, { model: { ...given, weights: { path: "b", prefix: "encoder." } } })
      assert.deepStrictEqual(long.weights, { ...none, path: "b", prefix: "encoder." })
      const without = yield* decoded(plan, { model: given })
      assert.isUndefined(without.weights)
      // The task's own keys are what they were.
      const { model } = yield* Schema.decodeUnknownEffect(Schema.Struct({ model: Schema.Unknown }))(
        short.encoded
      )
      assert.deepInclude(Object(model), given)
    })
  )

  it.effect.each(forms)("of %s: is beneath the configs, so that no `+` is needed", ([, plan]) =>
    Effect.sync(() => {
      const { model } = PlanDefaults.beneath(task(plan), "train")
      assert.deepInclude(Object(model), { weights: none })
      assert.notDeepInclude(Object(PlanDefaults.beneath(task(plan), "test")["model"]), { weights: none })
    })
  )

  it.effect("an unknown key or choice is refused", () =>
    Effect.gen(function* () {
      const plan = Schema.Struct({})
      const typo = yield* Effect.flip(decoded(plan, { model: { weights: { path: "x", prefx: "y" } } }))
      assert.include(typo.message, "prefx")
      const choice = yield* Effect.flip(decoded(plan, { model: { weights: { path: "x", names: "torch" } } }))
      assert.include(choice.message, "torchvision")
    })
  )

  it.effect("a model that is no mapping has no place for it", () =>
    Effect.gen(function* () {
      const plan = Schema.Struct({ model: field(Schema.String, "tiny", "The net.") })
      assert.isUndefined((yield* decoded(plan, { model: "large" })).weights)
      assert.deepInclude(PlanDefaults.beneath(task(plan), "train"), { model: "tiny" })
    })
  )

  it.effect("a task cannot declare it", () =>
    Effect.gen(function* () {
      const plan = Schema.Struct({ model: Schema.Struct({ weights: Schema.String }) })
      const { message } = yield* Effect.flip(decoded(plan, { model: { weights: "x" } }))
      assert.include(message, "its plan declares model.weights, which every run has")
    })
  )
})
