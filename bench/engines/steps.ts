/** `node bench/engines/steps.ts ENGINE THREADS`: like steps.py, on one of Anneal's engines. */
import { createInterface } from "node:readline"
import type { Tensor } from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as DeviceLayer from "../../src/layers/device/Device.ts"
import { Device, type DeviceOps, type Tf } from "../../src/pipeline/Device.ts"
import * as Optimizer from "../../src/pipeline/Optimizer.ts"
import { type Built, build, type Name, names } from "./models.ts"

const optimizer = Optimizer.adam({ betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0 })

interface Running extends Built {
  slots: ReadonlyArray<ReadonlyArray<Tensor>>
  step: number
}

const made = (tf: Tf, ops: DeviceOps, name: Name): Running => ({
  ...build(tf, ops, name),
  slots: [],
  step: 0
})

/** Forward, backward, Adam, and the loss read back. */
const step = (tf: Tf, ops: DeviceOps, running: Running): number => {
  const before = running.slots
  running.step += 1
  const { loss, slots } = tf.tidy(() => {
    const { value, grads } = tf.variableGrads(() => tf.reshape(running.loss(), []), [...running.variables])
    const slots = running.variables.map((variable, index) => {
      const gradient = grads[variable.name]
      if (gradient === undefined) throw new Error(`no gradient for ${variable.name}`)
      const updated = optimizer.update({
        tf,
        ops,
        parameter: variable,
        gradient,
        slots: before[index] ?? [],
        step: running.step,
        learningRate: 1e-3,
        weightDecay: 0
      })
      variable.assign(updated.parameter)
      return [...updated.slots]
    })
    return { loss: value, slots }
  })
  tf.dispose(before.flat())
  running.slots = slots
  const [value = Number.NaN] = loss.dataSync()
  loss.dispose()
  return value
}

const serve = Effect.gen(function* () {
  const { tf, ops, info } = yield* Device
  const running = new Map<Name, Running>()
  process.stdout.write(`ready ${info.name}, ${JSON.stringify(info.versions)}\n`)
  const lines = createInterface({ input: process.stdin })
  yield* Effect.promise(async () => {
    for await (const line of lines) {
      const [wanted, count] = line.split(" ")
      const name = names.find((each) => each === wanted)
      if (name === undefined) throw new Error(`no model "${wanted}"`)
      const model = running.get(name) ?? made(tf, ops, name)
      running.set(name, model)
      const times = Array.from({ length: Number(count) }, () => {
        const begin = performance.now()
        if (!Number.isFinite(step(tf, ops, model))) throw new Error(`${name} diverged`)
        return (performance.now() - begin).toFixed(3)
      })
      process.stdout.write(`${times.join(" ")}\n`)
    }
  })
  // oxlint-disable-next-line unicorn/no-process-exit -- a script ends here, whatever is still open
  process.exit(0)
})

const [asked = "wasm", threads = "1"] = process.argv.slice(2)
const engine = DeviceLayer.engines.find(({ name }) => name === asked)
if (engine === undefined) throw new Error(`no engine "${asked}"`)
await Effect.runPromise(
  serve.pipe(
    Effect.provide(
      DeviceLayer.layer({
        accelerator: engine.name,
        devices: 1,
        strategy: "auto",
        precision: "32-true",
        threads: Number(threads)
      })
    )
  )
)
