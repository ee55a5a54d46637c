import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { Device } from "../../src/pipeline/device/Device.ts"
import { averaging } from "../../src/pipeline/plan/CallbacksPlan.ts"
import { CallbacksPlan, OptimizerPlan, SchedulePlan, TrainerPlan } from "../../src/pipeline/plan/Plan.ts"
import * as PlanOptions from "../../src/pipeline/plan/PlanOptions.ts"
import type { Event } from "../../src/pipeline/train/Event.ts"
import * as FitState from "../../src/pipeline/train/FitState.ts"
import * as Totals from "../../src/pipeline/train/Totals.ts"
import * as Trainer from "../../src/pipeline/train/Trainer.ts"
import * as MemoryCheckpoints from "../../src/testing/MemoryCheckpoints.ts"
import { data, device, run, task } from "./tiny.ts"

/** The options that a trainer plan means, with defaults for all that it leaves out. */
const options = (
  trainer: typeof TrainerPlan.Encoded,
  callbacks: typeof CallbacksPlan.Encoded = {
    model_checkpoint: { monitor: "val/mse", mode: "min" },
    early_stopping: { enabled: false }
  }
) =>
  PlanOptions.fitOptions(
    {
      seed: 7,
      trainer: Schema.decodeSync(TrainerPlan)(trainer),
      optimizer: Schema.decodeSync(OptimizerPlan)({ kind: "sgd" }),
      schedule: Schema.decodeSync(SchedulePlan)({ kind: "constant" }),
      callbacks: Schema.decodeSync(CallbacksPlan)(callbacks)
    },
    { resume: undefined, prefetch: 2, planHash: "test", taskPlan: {}, versions: {} }
  )

/**
 * What a fit does, in letters: `e` an epoch begins, `.` a batch, `O` one that
 * optimizes, `v` a validation, `s` a sanity check, `b` a batch of either, `c` a ranked checkpoint.
 */
const letter = (event: Event): string => {
  switch (event._tag) {
    case "EpochStarted":
      return "e"
    case "StepEnded":
      return event.optimized ? "O" : "."
    case "EvaluationStarted":
      return event.kind === "sanity" ? "s" : "v"
    case "EvaluationBatchEnded":
      return "b"
    case "CheckpointSaved":
      return event.name === "last" ? "" : "c"
    default:
      return ""
  }
}

const trace = (
  trainer: typeof TrainerPlan.Encoded,
  callbacks?: typeof CallbacksPlan.Encoded,
  store = MemoryCheckpoints.make()
) => Effect.map(run(store, options(trainer, callbacks)), (events) => events.map(letter).join(""))

const refusal = (trainer: typeof TrainerPlan.Encoded) =>
  Effect.map(
    Effect.flip(run(MemoryCheckpoints.make(), options(trainer))),
    (error) => `${error._tag}: ${error.message}`
  )

const nothingWatched = { model_checkpoint: { enabled: false }, early_stopping: { enabled: false } }

const none = { num_sanity_val_steps: 0, limit_val_batches: 0 }

/** Trainer plans, and what a fit on 5 training and 2 validation batches does, as Lightning documents it. */
const meanings: ReadonlyArray<readonly [string, typeof TrainerPlan.Encoded, string]> = [
  ["max_epochs counts epochs", { max_epochs: 2, ...none }, "eOOOOOeOOOOO"],
  ["max_epochs=0 trains nothing", { max_epochs: 0, ...none }, ""],
  ["max_steps ends within an epoch", { max_steps: 7, ...none }, "eOOOOOeOO"],
  ["whichever comes first", { max_epochs: 1, max_steps: 7, ...none }, "eOOOOO"],
  ["max_epochs=-1 leaves max_steps", { max_epochs: -1, max_steps: 11, ...none }, "eOOOOOeOOOOOeO"],
  ["max_steps counts optimizer steps", { max_steps: 2, accumulate_grad_batches: 2, ...none }, "e.O.O"],
  ["an epoch's last batches make a step", { max_epochs: 1, accumulate_grad_batches: 3, ...none }, "e..O.O"],
  ["limit_train_batches=1 is one batch", { max_epochs: 2, limit_train_batches: 1, ...none }, "eOeO"],
  ["limit_train_batches=1.0 is all", { max_epochs: 1, limit_train_batches: "1.0", ...none }, "eOOOOO"],
  ["a fraction is rounded down", { max_epochs: 1, limit_train_batches: 0.5, ...none }, "eOO"],
  ["a small fraction is one batch", { max_epochs: 1, limit_train_batches: 0.01, ...none }, "eO"],
  ["a limit beyond the end is all", { max_epochs: 1, limit_train_batches: 99, ...none }, "eOOOOO"],
  ["limit_train_batches=0 trains nothing", { max_epochs: -1, limit_train_batches: 0, ...none }, ""],
  ["limit_val_batches=1", { max_epochs: 1, limit_val_batches: 1, num_sanity_val_steps: 0 }, "eOOOOOvb"],
  [
    "limit_val_batches=1.0",
    { max_epochs: 1, limit_val_batches: "1.0", num_sanity_val_steps: 0 },
    "eOOOOOvbb"
  ],
  ["num_sanity_val_steps=1", { max_epochs: 0, num_sanity_val_steps: 1 }, "sb"],
  ["num_sanity_val_steps=-1 is all", { max_epochs: 0, num_sanity_val_steps: -1 }, "sbb"],
  [
    "num_sanity_val_steps is at most limit_val_batches",
    { max_epochs: 0, num_sanity_val_steps: 9, limit_val_batches: 1 },
    "sb"
  ],
  [
    "val_check_interval=2 validates within epochs",
    { max_epochs: 2, val_check_interval: 2, limit_val_batches: 1, num_sanity_val_steps: 0 },
    "eOOvbOOvbOeOOvbOOvbO"
  ],
  [
    "val_check_interval=0.5",
    { max_steps: 4, val_check_interval: 0.5, limit_val_batches: 1, num_sanity_val_steps: 0 },
    "eOOvbOOvb"
  ],
  [
    "val_check_interval=1 is each batch",
    { max_steps: 2, val_check_interval: 1, limit_val_batches: 1, num_sanity_val_steps: 0 },
    "eOvbOvb"
  ],
  [
    "val_check_interval=1.0 is each epoch",
    { max_epochs: 1, val_check_interval: "1.0", limit_val_batches: 1, num_sanity_val_steps: 0 },
    "eOOOOOvb"
  ],
  [
    "check_val_every_n_epoch=2",
    { max_epochs: 4, check_val_every_n_epoch: 2, limit_val_batches: 1, num_sanity_val_steps: 0 },
    "eOOOOOeOOOOOvbeOOOOOeOOOOOvb"
  ],
  [
    "check_val_every_n_epoch=null counts across epochs",
    {
      max_epochs: 3,
      check_val_every_n_epoch: null,
      val_check_interval: 7,
      limit_val_batches: 1,
      num_sanity_val_steps: 0
    },
    "eOOOOOeOOvbOOOeOOOOvbO"
  ],
  ["overfit_batches=2", { max_epochs: 2, overfit_batches: 2, num_sanity_val_steps: 0 }, "eOOvbbeOOvbb"],
  [
    "overfit_batches=0.4 takes that part of both sets",
    { max_epochs: 1, overfit_batches: 0.4, num_sanity_val_steps: 0 },
    "eOOvb"
  ],
  ["fast_dev_run is one batch of each", { fast_dev_run: true }, "eOvb"],
  ["fast_dev_run=2", { max_epochs: 9, fast_dev_run: 2, min_epochs: 5 }, "eOOvbb"],
  [
    "enable_checkpointing=false saves nothing",
    { max_epochs: 1, enable_checkpointing: false, num_sanity_val_steps: 0 },
    "eOOOOOvbb"
  ]
]

describe("trainer options mean what Lightning's do", () => {
  it.effect.each(meanings)("%s", ([name, trainer, wanted]) =>
    Effect.gen(function* () {
      const seen = yield* trace(trainer, nothingWatched)
      assert.strictEqual(seen, wanted, name)
    }).pipe(Effect.provide(device))
  )

  it.effect("overfit_batches shows the same batches in every epoch", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const train = {
        ...data.train,
        batch: (epoch: number, index: number) => {
          seen.push(`${epoch}/${index}`)
          return data.train.batch(epoch, index)
        }
      }
      yield* Trainer.fit(task, { ...data, train }, options({ max_epochs: 3, overfit_batches: 2 })).pipe(
        Stream.runDrain,
        Effect.provide(MemoryCheckpoints.make().layer)
      )
      assert.deepStrictEqual([...new Set(seen)].toSorted(), ["0/0", "0/1"])
    }).pipe(Effect.provide(device))
  )

  it.effect("gradient_accumulation_scheduler changes with the epoch", () =>
    Effect.gen(function* () {
      const gradient_accumulation_scheduler = { scheduling: { "1": 2, "2": 5 } }
      const seen = yield* trace(
        { max_epochs: 4, ...none },
        { ...nothingWatched, gradient_accumulation_scheduler }
      )
      assert.strictEqual(seen, "eOOOOOe.O.OOe....Oe....O")
      const { horizon } = Totals.make(
        options({ max_epochs: 4 }, { ...nothingWatched, gradient_accumulation_scheduler }),
        5,
        2
      )
      assert.deepStrictEqual(horizon, { steps: 5 + 3 + 1 + 1, epochs: 4 })
    }).pipe(Effect.provide(device))
  )

  it.effect.each([{ fast_dev_run: true }, { max_epochs: 1, enable_checkpointing: false }])(
    "%j saves nothing",
    (trainer) =>
      Effect.gen(function* () {
        const store = MemoryCheckpoints.make()
        assert.notInclude(yield* trace(trainer, undefined, store), "c")
        assert.strictEqual(store.stored.size, 0)
        assert.include(yield* trace({ max_epochs: 1 }, undefined, store), "c")
      }).pipe(Effect.provide(device))
  )

  it.effect("fast_dev_run still refuses a monitor that nobody reports", () =>
    Effect.gen(function* () {
      const wrong = options({ fast_dev_run: true }, { early_stopping: { monitor: "val/hmean" } })
      const error = yield* Effect.flip(run(MemoryCheckpoints.make(), wrong))
      assert.strictEqual(error._tag, "MonitorMissing")
    }).pipe(Effect.provide(device))
  )
})

describe("min_epochs, min_steps and max_time", () => {
  /** A threshold that the first validation passes. */
  const atOnce = {
    model_checkpoint: { enabled: false },
    early_stopping: { monitor: "val/mse", mode: "min", stopping_threshold: 1e9 }
  } as const

  it.effect("early stopping waits for min_epochs", () =>
    Effect.gen(function* () {
      const seen = yield* trace({ max_epochs: 9, min_epochs: 3, num_sanity_val_steps: 0 }, atOnce)
      assert.strictEqual(seen.split("e").length - 1, 3)
      assert.strictEqual((yield* trace({ max_epochs: 9 }, atOnce)).split("e").length - 1, 1)
    }).pipe(Effect.provide(device))
  )

  it.effect("early stopping waits for min_steps", () =>
    Effect.gen(function* () {
      const seen = yield* trace({ max_epochs: 9, min_steps: 12 }, atOnce)
      assert.strictEqual(seen.split("O").length - 1, 12)
    }).pipe(Effect.provide(device))
  )

  /** A training set whose batches take `seconds` of the test's clock. */
  const slow = (seconds: number) => ({
    train: {
      ...data.train,
      batch: (epoch: number, index: number) =>
        Effect.andThen(TestClock.adjust(`${seconds} seconds`), data.train.batch(epoch, index))
    }
  })

  const stepsIn = (trainer: typeof TrainerPlan.Encoded, store = MemoryCheckpoints.make(), resume?: string) =>
    Trainer.fit(task, slow(60), {
      ...options(
        { ...trainer, ...none },
        { model_checkpoint: { monitor: null }, early_stopping: { enabled: false } }
      ),
      prefetch: 1,
      resume
    }).pipe(
      Stream.filter((event) => event._tag === "StepEnded"),
      Stream.runCount,
      Effect.provide(store.layer)
    )

  it.effect("max_time ends training, but not before min_steps", () =>
    Effect.gen(function* () {
      const timed = yield* stepsIn({ max_epochs: -1, max_time: "00:00:10:00" })
      assert.isAtLeast(timed, 4)
      assert.isAtMost(timed, 11)
      assert.strictEqual(yield* stepsIn({ max_epochs: -1, max_time: "00:00:10:00", min_steps: 30 }), 30)
    }).pipe(Effect.provide(device))
  )

  it.effect("max_time counts the time before a resume", () =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      const first = yield* stepsIn({ max_steps: 4, max_epochs: -1, max_time: { minutes: 10 } }, store)
      assert.strictEqual(first, 4)
      const rest = yield* stepsIn({ max_epochs: -1, max_time: { minutes: 10 } }, store, "last")
      assert.isAtMost(rest, 7)
      assert.strictEqual(yield* stepsIn({ max_epochs: -1, max_time: { minutes: 10 } }, store, "last"), 0)
    }).pipe(Effect.provide(device))
  )
})

describe("contradictions are refused", () => {
  it.effect.each<readonly [string, typeof TrainerPlan.Encoded, ReadonlyArray<string>]>([
    ["min_epochs over max_epochs", { min_epochs: 5, max_epochs: 2 }, ["min_epochs=5", "max_epochs=2"]],
    ["min_steps over max_steps", { min_steps: 5, max_steps: 2 }, ["min_steps=5", "max_steps=2"]],
    [
      "overfit_batches and limits",
      { overfit_batches: 2, limit_train_batches: 3 },
      ["overfit_batches=2", "limit_train_batches"]
    ],
    [
      "overfit_batches and fast_dev_run",
      { overfit_batches: "1.0", fast_dev_run: 2 },
      ["overfit_batches=1.0", "fast_dev_run=2"]
    ],
    [
      "val_check_interval beyond the epoch",
      { val_check_interval: 6 },
      ["val_check_interval=6", "5 batches", "check_val_every_n_epoch=null"]
    ],
    ["val_check_interval beyond the limit", { val_check_interval: 3, limit_train_batches: 2 }, ["2 batches"]],
    ["a fraction across epochs", { val_check_interval: 0.5, check_val_every_n_epoch: null }, ["not 0.5"]],
    ["no interval across epochs", { check_val_every_n_epoch: null }, ["not null"]],
    ["val_check_interval=0", { val_check_interval: 0 }, ["limit_val_batches=0"]]
  ])("%s", ([, trainer, parts]) =>
    Effect.gen(function* () {
      const message = yield* refusal(trainer)
      assert.include(message, "OptionsContradict")
      for (const part of parts) assert.include(message, part)
    }).pipe(Effect.provide(device))
  )

  it.effect("two ways to say how gradients accumulate, and a group of no parameter", () =>
    Effect.gen(function* () {
      const scheduling = { "0": 4 }
      const accumulating = options(
        { accumulate_grad_batches: 2 },
        { gradient_accumulation_scheduler: { scheduling } }
      )
      const twice = yield* Effect.flip(run(MemoryCheckpoints.make(), accumulating))
      assert.include(twice.message, "gradient_accumulation_scheduler")
      const parameterGroups = [{ match: "^encoder", learningRateScale: 1, weightDecay: 0 }]
      const lost = yield* Effect.flip(run(MemoryCheckpoints.make(), { ...options({}), parameterGroups }))
      assert.include(lost.message, "/^encoder/ matches no parameter of tiny")
      assert.include(lost.message, "input, dense")
      const all = [{ match: ".", learningRateScale: 1, weightDecay: undefined, trainable: false }]
      const fixed = yield* Effect.flip(
        run(MemoryCheckpoints.make(), { ...options({}), parameterGroups: all })
      )
      assert.include(fixed.message, "trainable=false matches every parameter of tiny")
    }).pipe(Effect.provide(device))
  )

  it.effect("a parameter of a shape that cannot be, as a plan's numbers may make it", () =>
    Effect.gen(function* () {
      const [first] = task.model.parameters
      if (first === undefined) return assert.fail("the model has no parameters")
      const model = { ...task.model, parameters: [{ ...first, shape: [-16, 6] }] }
      const { message } = yield* Effect.flip(
        Trainer.check({ ...task, model }, { train: 4, val: 1 }, options({}))
      )
      assert.include(
        message,
        `tiny declares ${first.name} of shape [-16, 6], whose sides have to be whole numbers`
      )
    })
  )

  it("two averages", () => {
    const both = { ema_weight_averaging: { enabled: true }, stochastic_weight_averaging: { enabled: true } }
    const refused = Schema.decodeUnknownResult(CallbacksPlan)(both)
    assert.include(Result.getOrThrow(Result.flip(refused)).message, "at most one of ema_weight_averaging")
  })

  it("but auto is the exponential average, unless there is the other", () => {
    const horizon = { epochs: 1, steps: 1 }
    const totals = { trainBatches: 1, valBatches: 1, sanityBatches: 0, valEvery: 1, steps: 1, horizon }
    const nameOf = (swa: boolean) => {
      const parts = {
        ema_weight_averaging: { enabled: "auto" },
        stochastic_weight_averaging: { enabled: swa }
      }
      const chosen = averaging(Schema.decodeUnknownSync(CallbacksPlan)(parts))
      return chosen?.(totals).name
    }
    assert.deepStrictEqual([nameOf(false), nameOf(true)], ["ema", "swa"])
  })

  it.effect("all at once", () =>
    Effect.gen(function* () {
      const message = yield* refusal({ min_epochs: 99, overfit_batches: 1, limit_val_batches: 1 })
      assert.strictEqual(message.split("\n").length, 3, message)
    }).pipe(Effect.provide(device))
  )
})

describe("TrainerPlan", () => {
  const decode = Schema.decodeUnknownResult(TrainerPlan, { errors: "all", onExcessProperty: "error" })

  it.each([
    ["00:12:00:00", 43_200],
    ["1:05:30:10", 106_210],
    [{ days: 1, hours: 5 }, 104_400],
    [{ weeks: 1, milliseconds: 500 }, 604_800.5],
    [90, 90]
  ])("max_time %j is %d seconds", (given, seconds) => {
    assert.strictEqual(Result.getOrThrow(decode({ max_time: given })).max_time, seconds)
  })

  it.each([
    [{ max_time: "12:00:00" }, "days:hours:minutes:seconds"],
    [{ max_time: 0 }, "max_time"],
    [{ limit_train_batches: 1.5 }, "a fraction of them from 0.0 to 1.0"],
    [{ limit_val_batches: -1 }, "a number of batches"],
    [{ max_epochs: -2 }, "max_epochs"],
    [{ gradient_clip_algorithm: "l2" }, "gradient_clip_algorithm"],
    [{ profiler: "advanced" }, "profiler"],
    [{ barebones: true }, "barebones"]
  ])("refuses %j", (given, part) => {
    assert.include(Result.getOrThrow(Result.flip(decode(given))).message, part)
  })

  it("encodes to what decodes to the same", () => {
    const plan = Result.getOrThrow(
      decode({
        limit_train_batches: "1.0",
        overfit_batches: 0.25,
        val_check_interval: 1,
        max_time: { hours: 1 }
      })
    )
    assert.deepStrictEqual(Result.getOrThrow(decode(Schema.encodeSync(TrainerPlan)(plan))), plan)
  })
})

describe("evaluation without training", () => {
  it.effect.each<readonly [typeof TrainerPlan.Encoded, number]>([
    [{}, 2],
    [{ limit_test_batches: 1 }, 1],
    [{ limit_test_batches: "1.0" }, 2],
    [{ limit_test_batches: 0.5 }, 1],
    [{ fast_dev_run: true }, 1],
    [{ limit_test_batches: 0 }, 0]
  ])("%j sees %d batches", ([trainer, batches]) =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      yield* run(store, options({ max_steps: 1, num_sanity_val_steps: 0 }))
      const last = yield* store.service.load("last")
      const device = yield* Device
      const variables = yield* device.run("upload", (tf) => FitState.uploadModel(tf, task.model, last.model))
      const limitBatches = PlanOptions.evaluationLimit(Schema.decodeSync(TrainerPlan)(trainer), "test")
      const seen = yield* Trainer.evaluate(task, data.val, variables, {
        kind: "test",
        limitBatches,
        prefetch: 1,
        epoch: 0,
        step: 0
      }).pipe(
        Stream.filter((event) => event._tag === "EvaluationBatchEnded"),
        Stream.runCount
      )
      device.tf.dispose([variables.params, variables.buffers])
      assert.strictEqual(seen, batches)
    }).pipe(Effect.provide(device))
  )
})
