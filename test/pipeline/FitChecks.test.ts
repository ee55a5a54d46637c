/** What a fit refuses before it could cost a training: rules, buffers, names of checkpoints, clocks and states. */
import { assert, describe, it } from "@effect/vitest"
import type * as TF from "@tensorflow/tfjs-core"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { CallbacksPlan } from "../../src/pipeline/plan/Plan.ts"
import type { StepLoss } from "../../src/pipeline/task/Task.ts"
import type { Snapshot } from "../../src/pipeline/train/Checkpoints.ts"
import { CheckpointState } from "../../src/pipeline/train/Checkpoints.ts"
import * as RateRule from "../../src/pipeline/train/RateRule.ts"
import * as Retention from "../../src/pipeline/train/Retention.ts"
import * as StopRule from "../../src/pipeline/train/StopRule.ts"
import * as Trainer from "../../src/pipeline/train/Trainer.ts"
import * as MemoryCheckpoints from "../../src/testing/MemoryCheckpoints.ts"
import * as ScriptedTask from "../../src/testing/ScriptedTask.ts"
import { data, device, options, run, type Store, task } from "./tiny.ts"

const stopping = (name: string, patience: number) =>
  StopRule.earlyStopping({ name, monitor: "val/mse", mode: "min", patience })

const plateau = (name?: string) =>
  RateRule.plateau({
    ...(name === undefined ? {} : { name }),
    monitor: "val/mse",
    mode: "min",
    factor: 0.5,
    patience: 1,
    threshold: 0,
    thresholdMode: "abs",
    cooldown: 0,
    minRate: 0
  })

/** A fit whose metric never improves. */
const stale = (store: Store, changed: Partial<Trainer.FitOptions>) =>
  Trainer.fit(ScriptedTask.over(task, [{ mse: 1 }]), data, { ...options, ...changed }).pipe(
    Stream.runCollect,
    Effect.provide(store.layer)
  )

const refusal = (changed: Partial<Trainer.FitOptions>) =>
  Effect.map(
    Effect.flip(run(MemoryCheckpoints.make(), changed)),
    ({ _tag, message }) => `${_tag}: ${message}`
  )

describe("states of rules", () => {
  it.effect("have a place of their own, whatever a rule is called", () =>
    Effect.gen(function* () {
      const names = ["timer", "averages", "stop", "let_go", "weights_only", "retention", "optimizer"]
      const stopRules = names.map((name) => stopping(name, 3))
      const whole = MemoryCheckpoints.make()
      const ended = (yield* stale(whole, { stopRules, maxEpochs: 9 })).at(-1)
      assert.strictEqual(ended?._tag === "FitEnded" ? ended.epoch : 0, 4)
      const store = MemoryCheckpoints.make()
      yield* stale(store, { stopRules, maxEpochs: 2 })
      assert.deepStrictEqual(
        store.stored.get("last")?.state.rules,
        names.map((name) => ({ name, state: { best: 1, waited: 1 } }))
      )
      const rest = (yield* stale(store, { stopRules, maxEpochs: 9, resume: "last" })).at(-1)
      assert.strictEqual(rest?._tag === "FitEnded" ? rest.epoch : 0, 4)
    }).pipe(Effect.provide(device))
  )

  it.effect("two rules of one kind each keep theirs", () =>
    Effect.gen(function* () {
      const stopRules = [stopping("first", 9), stopping("second", 3)]
      const store = MemoryCheckpoints.make()
      yield* stale(store, { stopRules, maxEpochs: 2 })
      const rest = (yield* stale(store, { stopRules, maxEpochs: 9, resume: "last" })).at(-1)
      assert.strictEqual(rest?._tag === "FitEnded" ? rest.epoch : 0, 4)
    }).pipe(Effect.provide(device))
  )

  it.effect.each<Partial<Trainer.FitOptions>>([
    { stopRules: [stopping("patient", 1), stopping("patient", 2)] },
    { stopRules: [stopping("patient", 1)], rateRules: [plateau("patient")] }
  ])("two rules of one name are refused", (changed) =>
    Effect.gen(function* () {
      assert.include(
        yield* refusal(changed),
        "OptionsContradict: the trainer's options are invalid: two rules have the name patient"
      )
    }).pipe(Effect.provide(device))
  )

  it.effect("a checkpoint of the layout before still gives them back", () =>
    Effect.gen(function* () {
      const rules = { stopRules: [stopping("early_stopping", 3)], rateRules: [plateau()] }
      const store = MemoryCheckpoints.make()
      yield* stale(store, { ...rules, maxEpochs: 2 })
      const last = store.stored.get("last")
      if (last === undefined) return assert.fail("nothing was saved")
      const { rules: states = [], policies, ...state } = last.state
      const flat = Object.fromEntries(states.map(({ name, state: kept }) => [name, kept]))
      assert.deepStrictEqual(Object.keys(flat), ["early_stopping", "reduce_on_plateau"])
      yield* store.service.save("last", { ...last, state: { ...state, policies: { ...policies, ...flat } } })
      const rest = (yield* stale(store, { ...rules, maxEpochs: 9, resume: "last" })).at(-1)
      assert.strictEqual(rest?._tag === "FitEnded" ? rest.epoch : 0, 4)
      assert.deepStrictEqual(
        store.stored.get("last")?.state.rules?.map(({ name }) => name),
        ["early_stopping", "reduce_on_plateau"]
      )
    }).pipe(Effect.provide(device))
  )

  it.effect("a state that a rule does not accept is refused, and not ignored", () =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      yield* stale(store, { stopRules: [stopping("mine", 3)], maxEpochs: 2 })
      const other = { ...stopping("mine", 3), restore: () => Option.none() }
      const error = yield* Effect.flip(stale(store, { stopRules: [other], maxEpochs: 3, resume: "last" }))
      assert.include(
        error.message,
        'the rule mine does not accept the state saved under its name: {"best":1,"waited":1}'
      )
    }).pipe(Effect.provide(device))
  )
})

describe("the first step", () => {
  const returning = (
    change: (tf: Parameters<typeof task.loss>[0]["tf"], loss: StepLoss) => Partial<StepLoss>
  ) => ({
    ...task,
    loss: (...given: Parameters<typeof task.loss>) => {
      const loss = task.loss(...given)
      return { ...loss, ...change(given[0].tf, loss) }
    }
  })

  it.effect.each<readonly [string, Parameters<typeof returning>[0], string]>([
    [
      "a misspelt buffer",
      (tf) => ({ buffers: { "input.maen": tf.zeros([3]) } }),
      'the loss returns a buffer "input.maen", which tiny does not declare (did you mean "input.mean"?). Its buffers are input.mean.'
    ],
    [
      "a parameter as a buffer",
      (tf) => ({ buffers: { "dense.bias": tf.zeros([1]) } }),
      'returns "dense.bias" as a buffer, which tiny trains'
    ],
    [
      "another rank",
      (tf) => ({ buffers: { "input.mean": tf.zeros([1, 3]) } }),
      '"input.mean" has shape [1, 3], but [3] is declared'
    ],
    [
      "another shape",
      (tf) => ({ buffers: { "input.mean": tf.zeros([4]) } }),
      '"input.mean" has shape [4], but [3] is declared'
    ],
    [
      "another type",
      (tf) => ({ buffers: { "input.mean": tf.zeros([3], "int32") } }),
      '"input.mean" is int32, but float32 is declared'
    ],
    [
      "a part of many numbers",
      (tf) => ({ parts: { error: tf.mul<TF.Scalar>(tf.zeros([4]), 1) } }),
      'part "error" of the loss has shape [4]'
    ],
    [
      "a loss of many numbers",
      (tf, { loss }) => ({ loss: tf.mul<TF.Scalar>(loss, tf.ones([4])) }),
      "the loss has shape [4], but must be one number"
    ]
  ])("refuses %s", ([, change, sentence]) =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      const seen: Array<string> = []
      const error = yield* Trainer.fit(returning(change), data, options).pipe(
        Stream.runForEach(({ _tag }) => Effect.sync(() => seen.push(_tag))),
        Effect.flip,
        Effect.provide(store.layer)
      )
      assert.strictEqual(error._tag, "StepRefused")
      assert.include(error.message, sentence)
      assert.notInclude(seen, "StepEnded")
      // What it leaves behind can be loaded.
      yield* run(store, { resume: "last" })
    }).pipe(Effect.provide(device))
  )

  it.effect("a buffer that is misspelt later is refused by the first save", () =>
    Effect.gen(function* () {
      let steps = 0
      const late = returning((tf) => ({ buffers: steps++ < 2 ? {} : { "input.maen": tf.zeros([3]) } }))
      const store = MemoryCheckpoints.make()
      const error = yield* Effect.flip(
        Stream.runDrain(Trainer.fit(late, data, options)).pipe(Effect.provide(store.layer))
      )
      assert.include(error.message, '"input.maen"')
      assert.strictEqual(store.stored.size, 0)
    }).pipe(Effect.provide(device))
  )

  it.effect("a learning rate that is no number never reaches the weights", () =>
    Effect.gen(function* () {
      const store = MemoryCheckpoints.make()
      const learningRate = () => (step: number) => (step === 3 ? Number.NaN : 0.01)
      const error = yield* Effect.flip(run(store, { learningRate }))
      assert.include(error.message, "task tiny, after step 3: the learning rate of the coming step is NaN")
      assert.strictEqual(store.stored.get("last")?.state.step, 3)
    }).pipe(Effect.provide(device))
  )

  it.effect("an optimizer with more slots than it declares is refused", () =>
    Effect.gen(function* () {
      const optimizer = { ...options.optimizer, slots: ["m"] }
      assert.include(
        yield* refusal({ optimizer }),
        'optimizer adamw returns 2 slots of "dense.weight", but declares 1 (m)'
      )
      assert.include(yield* refusal({ optimizer: { ...optimizer, slots: ["raw"] } }), 'has a slot "raw"')
    }).pipe(Effect.provide(device))
  )
})

describe("names of checkpoints", () => {
  it.each([
    ["{nope}", "{nope} is neither"],
    ["{epohc:02d}", 'did you mean "epoch"?'],
    [
      "{epoch:2}",
      "{epoch:2} has an unknown format. Use one such as 02d for whole numbers, or .4f for decimals"
    ],
    ["{val/hmean:.3g}", "has an unknown format"],
    ["best {epoch}", 'it makes names such as "best 0"'],
    ["{epoch", 'it makes names such as "{epoch"'],
    ["../{epoch}", "it makes names"],
    ["last", "the name of the newest checkpoint"],
    ["", "it makes names"],
    ["a".repeat(201), "201 characters"]
  ])("%s is refused as the plan is decoded", (filename, sentence) => {
    const decoded = () => Schema.decodeUnknownSync(CallbacksPlan)({ model_checkpoint: { filename } })
    assert.throws(decoded, sentence)
    assert.throws(decoded, '["model_checkpoint"]["filename"]')
  })

  it.each([
    "epoch-{epoch:02d}_step-{step:06d}",
    "{val/hmean:.4f}",
    "best",
    "{epoch}",
    "{step:d}",
    "a/{epoch}"
  ])("%s is taken", (filename) => assert.isUndefined(Retention.problemOf(filename)))

  const named = (filename: string, changed: Partial<Retention.RetentionOptions> = {}) => ({
    checkpoint: options.checkpoint && {
      ...options.checkpoint,
      retention: { ...options.checkpoint.retention, filename, ...changed }
    }
  })

  it.effect("a program of one's own is refused before the first step, too", () =>
    Effect.gen(function* () {
      assert.include(yield* refusal(named("{nope}")), 'model_checkpoint.filename="{nope}": {nope} is neither')
      const message = yield* refusal(named("{val/hmean:.2f}"))
      assert.include(message, 'MonitorMissing: model_checkpoint.filename monitors "val/hmean"')
      assert.include(message, "train/loss, val/mse")
    }).pipe(Effect.provide(device))
  )

  it.effect("a metric that is missing once a batch was evaluated is named", () =>
    Effect.gen(function* () {
      const scripted = ScriptedTask.over(task, [{ mse: 1 }])
      const forgetful = {
        ...scripted,
        metric: { ...scripted.metric, update: () => ({ sums: {}, count: 1 }) }
      }
      const error = yield* Effect.flip(
        Stream.runDrain(Trainer.fit(forgetful, data, options)).pipe(
          Effect.provide(MemoryCheckpoints.make().layer)
        )
      )
      assert.strictEqual(error._tag, "MonitorMissing")
      assert.include(error.message, '"val/mse"')
    }).pipe(Effect.provide(device))
  )

  it("a name waits for the metric that it names, and never holds NaN for one that is not there", () => {
    const retention = {
      monitor: undefined,
      mode: "min",
      saveTopK: 2,
      saveLast: true,
      filename: "{val/mse:.1f}"
    } as const
    const before = Retention.decide(retention, [], { epoch: 0, step: 1, metrics: {} })
    assert.deepStrictEqual(before, { save: ["last"], remove: [], kept: [] })
    const after = Retention.decide(retention, [], { epoch: 0, step: 2, metrics: { "val/mse": -0.5 } })
    assert.deepStrictEqual(after.save, ["_-0.5", "last"])
  })

  it.effect("a policy that no validation would ever consult is refused", () =>
    Effect.gen(function* () {
      const watching = { ...named("{epoch}", { monitor: "train/loss" }), stopRules: [], limitValBatches: 0 }
      assert.include(yield* refusal(watching), "nothing is validated")
    }).pipe(Effect.provide(device))
  )
})

describe("numbers that nothing can come of", () => {
  it.effect.each<readonly [Partial<Trainer.FitOptions>, string]>([
    [{ maxEpochs: -1 }, "max_epochs=-1 is not a whole number of at least 0"],
    [{ maxSteps: 1.5 }, "max_steps=1.5"],
    [{ maxTime: Number.NaN }, "max_time=NaN is not a number of at least 0"],
    [{ accumulateGradBatches: 0 }, "accumulate_grad_batches=0 is not a whole number of at least 1"],
    [{ prefetch: -1 }, "prefetch=-1"],
    [{ gradientClip: { value: 0, algorithm: "norm" } }, "gradient_clip_val=0 is not a number above 0"],
    [{ limitTrainBatches: { fraction: 1.5 } }, "limit_train_batches=1.5 is neither"],
    [
      { checkpoint: options.checkpoint && { ...options.checkpoint, everyNTrainSteps: 0 } },
      "every_n_train_steps=0"
    ],
    [
      { checkpoint: options.checkpoint && { ...options.checkpoint, trainTimeInterval: Number.NaN } },
      "train_time_interval=NaN"
    ]
  ])("%j", ([changed, sentence]) =>
    Effect.gen(function* () {
      assert.include(yield* refusal(changed), sentence)
    }).pipe(Effect.provide(device))
  )
})

describe("a clock that is set back", () => {
  /** A second goes by at each look; the clock of the wall goes back as much. */
  const backwards = () => {
    let seconds = 0
    const look = () => BigInt(++seconds) * 1_000_000_000n
    const wall = () => 1e12 - 1000 * ++seconds
    const clock: Clock.Clock = {
      currentTimeMillisUnsafe: wall,
      currentTimeMillis: Effect.sync(wall),
      currentTimeNanosUnsafe: () => BigInt(wall()) * 1_000_000n,
      currentTimeNanos: Effect.sync(() => BigInt(wall()) * 1_000_000n),
      monotonicTimeNanosUnsafe: look,
      monotonicTimeNanos: Effect.sync(look),
      sleep: () => Effect.void
    }
    return Effect.provideService(Clock.Clock, clock)
  }

  it.effect("max_time ends, and train_time_interval saves", () =>
    Effect.gen(function* () {
      const checkpoint = options.checkpoint && {
        ...options.checkpoint,
        everyNEpochs: undefined,
        trainTimeInterval: 10
      }
      const events = yield* run(MemoryCheckpoints.make(), { maxEpochs: 50, maxTime: 60, checkpoint }).pipe(
        backwards()
      )
      const ended = events.at(-1)
      assert.strictEqual(ended?._tag === "FitEnded" ? ended.reason : "", "max_time=60 s reached")
      assert.isAbove(events.filter(({ _tag }) => _tag === "CheckpointSaved").length, 4)
      for (const event of events) if ("seconds" in event) assert.isAtLeast(event.seconds, 0)
    }).pipe(Effect.provide(device))
  )
})

describe("a checkpoint that was changed", () => {
  const saved = Effect.gen(function* () {
    const store = MemoryCheckpoints.make()
    yield* run(store, { maxSteps: 2, maxEpochs: undefined })
    const last = store.stored.get("last")
    return last === undefined ? assert.fail("nothing was saved") : { store, last }
  })

  it.effect.each(["epoch", "batch", "step", "counter", "accumulated", "lossCount"])(
    "names a negative %s",
    (key) =>
      Effect.gen(function* () {
        const { last } = yield* saved
        const decode = Schema.decodeUnknownEffect(CheckpointState)
        assert.deepStrictEqual(yield* decode(last.state), last.state)
        const error = yield* Effect.flip(decode({ ...last.state, [key]: -1 }))
        assert.include(error.message, `["${key}"]`)
      }).pipe(Effect.provide(device))
  )

  const whole = (values: ReadonlyArray<number>, shape: ReadonlyArray<number>) => ({
    data: Int32Array.from(values),
    shape
  })

  it.effect.each<readonly [string, (snapshot: Snapshot) => Partial<Snapshot>, string]>([
    [
      "whole weights",
      ({ model }) => ({ model: { ...model, "dense.bias": whole([1], [1]) } }),
      "dense.bias int32 instead of float32"
    ],
    [
      "whole slots",
      ({ optimizer }) => ({ optimizer: { ...optimizer, "m/dense.bias": whole([1], [1]) } }),
      "has m/dense.bias int32 instead of float32"
    ],
    [
      "gradients that wait for nobody",
      ({ optimizer }) => ({
        optimizer: { ...optimizer, "accumulated/dense.bias": { data: new Float32Array(1), shape: [1] } }
      }),
      "counts 0 batches with accumulated gradients, but has gradients"
    ],
    [
      "weights of an average in part",
      ({ optimizer }) => ({
        optimizer: { ...optimizer, "raw/dense.bias": { data: new Float32Array(2), shape: [2] } }
      }),
      "has raw/dense.bias [2] instead of [1], lacks raw/input.mean, raw/dense.weight"
    ],
    [
      "a time below zero",
      ({ state }) => ({ state: { ...state, policies: { ...state.policies, timer: -1 } } }),
      '["timer"]'
    ],
    [
      "a name that leaves the folder",
      ({ state }) => ({ state: { ...state, policies: { ...state.policies, let_go: ["../../x"] } } }),
      '["let_go"][0]'
    ]
  ])("names %s", ([, change, sentence]) =>
    Effect.gen(function* () {
      const { store, last } = yield* saved
      yield* store.service.save("other", { ...last, ...change(last) })
      const error = yield* Effect.flip(run(store, { resume: "other" }))
      assert.include(error.message, sentence)
    }).pipe(Effect.provide(device))
  )
})
