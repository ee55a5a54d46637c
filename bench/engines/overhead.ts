/**
 * `node bench/engines/overhead.ts [mlp | dbnet] [steps] [warm-up]`: what `Trainer.fit` adds to a bare loop.
 *
 * The same model is trained by the trainer and by the loop of bare.ts, bare and yielding to other tasks as the trainer
 * does, each with weights of its own. They take turns step by step, so that a busy machine slows all alike; what is
 * reported is the median of the differences within a round.
 * Limits: 15 µs a step on the MLP, 2 % on DBNet.
 */
import { Channel, Effect, Layer, Scope } from "effect"
import * as DeviceLayer from "../../src/layers/device/Device.ts"
import { Device, type DeviceOps, type Tf } from "../../src/pipeline/device/Device.ts"
import * as LearningRate from "../../src/pipeline/optim/LearningRate.ts"
import type { Dataset } from "../../src/pipeline/task/Dataset.ts"
import type { Task } from "../../src/pipeline/task/Task.ts"
import * as FitOptions from "../../src/pipeline/train/FitOptions.ts"
import * as Trainer from "../../src/pipeline/train/Trainer.ts"
import { MemoryCheckpoints } from "../../src/testing/index.ts"
import { median } from "../fixtures/median.ts"
import * as Bare from "./bare.ts"
import { build } from "./models.ts"
import { type Name, names } from "./problems.ts"

/** The model as a task; its one batch is already on the device. */
const taskOf = (tf: Tf, ops: DeviceOps, name: Name): Task<null, null, null> => {
  const model = build(tf, ops, name)
  const names = model.specs.map((_, index) => `parameter${index}`)
  return {
    name,
    sizeOf: () => 1,
    model: {
      name,
      parameters: model.specs.map(({ shape, init }, index) => ({
        name: names[index] ?? "",
        shape,
        trainable: true,
        decay: false,
        init
      }))
    },
    loss: (_, { params }) => ({
      loss: model.loss(Object.values(params)),
      parts: {},
      buffers: {}
    }),
    forward: () => ({}),
    interpret: () => null,
    metric: { initial: null, update: () => null, result: () => ({}) }
  }
}

const endless: Dataset<null> = {
  name: "one batch",
  samples: 1e6,
  length: 1e6,
  batch: () => Effect.succeed(null)
}

const orders = [
  ["bare", "yielding", "trainer"],
  ["bare", "trainer", "yielding"],
  ["yielding", "bare", "trainer"],
  ["yielding", "trainer", "bare"],
  ["trainer", "bare", "yielding"],
  ["trainer", "yielding", "bare"]
] as const

/** As short as a fit can be: nothing is saved, logged or validated. */
const options: Trainer.FitOptions = {
  ...FitOptions.make({ learningRate: () => LearningRate.constant(1e-3), maxEpochs: 1 }),
  checkpoint: undefined
}

interface Overhead {
  readonly name: Name
  readonly steps: number
  /** Medians, milliseconds a step. */
  readonly bare: number
  readonly yielding: number
  readonly trainer: number
  /** Medians over the rounds: milliseconds beyond the yielding loop, and times of the bare one. */
  readonly beyondYielding: number
  readonly overBare: number
}

/** The warm-up is left out: V8 compiles what a step runs in some hundreds of steps, and a training has thousands. */
const measure = Effect.fnUntraced(function* (name: Name, steps: number, warmUp: number) {
  const { tf, ops } = yield* Device
  const loop = () => Effect.promise(Bare.make(tf, ops, build(tf, ops, name)))
  const [bare, yielding] = [loop(), loop()]
  const scope = yield* Scope.Scope
  const fit = Trainer.fit(taskOf(tf, ops, name), { train: endless }, options)
  // As Stream.runForEach pulls; Stream.toPull would add a lock to each step.
  const next = yield* Channel.toPullScoped(fit.channel, scope)
  const turns = { bare, yielding: Effect.andThen(Effect.yieldNow, yielding), trainer: next }
  const times: Record<keyof typeof turns, Array<number>> = { bare: [], yielding: [], trainer: [] }
  // The trainer begins with events that are no steps.
  for (let index = 0; index < 4; index++) yield* next
  for (let index = 0; index < warmUp + steps; index++) {
    // The order changes, since each leaves its garbage and its cache to the next.
    for (const who of orders[index % orders.length] ?? []) {
      const begin = performance.now()
      yield* turns[who]
      if (index >= warmUp) times[who].push(performance.now() - begin)
    }
  }
  const overhead: Overhead = {
    name,
    steps,
    bare: median(times.bare),
    yielding: median(times.yielding),
    trainer: median(times.trainer),
    beyondYielding: median(times.trainer.map((time, round) => time - (times.yielding[round] ?? Number.NaN))),
    overBare: median(times.trainer.map((time, round) => time / (times.bare[round] ?? Number.NaN)))
  }
  return overhead
}, Effect.scoped)

const [name, steps = "600", warmUp = "1000"] = process.argv.slice(2)
const model = names.find((known) => known === name) ?? "mlp"

const program = measure(model, Number(steps), Number(warmUp)).pipe(
  Effect.provide(
    Layer.merge(
      MemoryCheckpoints.make().layer,
      DeviceLayer.layer({
        accelerator: "wasm",
        devices: 1,
        strategy: "auto",
        precision: "32-true",
        threads: 1
      })
    )
  )
)

console.log(JSON.stringify(await Effect.runPromise(program)))
