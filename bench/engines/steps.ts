/** `node bench/engines/steps.ts ENGINE THREADS`: like steps.py, on one of Anneal's engines; `MODEL/handwritten` is the one without layers. */
import { createInterface } from "node:readline"
import { Effect } from "effect"
import * as DeviceLayer from "../../src/layers/device/Device.ts"
import { Device } from "../../src/pipeline/device/Device.ts"
import * as Bare from "./bare.ts"
import * as Handwritten from "./handwritten.ts"
import * as Models from "./models.ts"
import { names } from "./problems.ts"

const serve = Effect.gen(function* () {
  const { tf, ops, info } = yield* Device
  const running = new Map<string, () => Promise<number>>()
  process.stdout.write(`ready ${info.name}, ${JSON.stringify(info.versions)}\n`)
  const lines = createInterface({ input: process.stdin })
  yield* Effect.promise(async () => {
    for await (const line of lines) {
      const [wanted = "", count] = line.split(" ")
      const [model, way] = wanted.split("/")
      const name = names.find((each) => each === model)
      if (name === undefined) throw new Error(`no model "${wanted}"`)
      const build = way === "handwritten" ? Handwritten.build : Models.build
      const step = running.get(wanted) ?? Bare.make(tf, ops, build(tf, ops, name))
      running.set(wanted, step)
      const times: Array<string> = []
      for (let index = 0; index < Number(count); index++) {
        const begin = performance.now()
        if (!Number.isFinite(await step())) throw new Error(`${name} diverged`)
        times.push((performance.now() - begin).toFixed(3))
      }
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
