/**
 * What a machine with a CUDA card runs to say whether the gpu engine works on it: `npm run bench:gpu`.
 *
 * It compares every operation and gradient of the contract suite with plain JavaScript, looks for leaks over 500 steps,
 * looks at how much of the card's memory is taken, and times the four models beside the next best engine. The last
 * line is the verdict. Exit code 0: it works; 1: it does not; 2: there is no card or no engine, so nothing was found.
 * `--engine native` tries the program itself where there is no card.
 */
import { execFileSync, spawn } from "node:child_process"
import path from "node:path"
import { createInterface } from "node:readline"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import * as DeviceLayer from "../src/layers/device/Device.ts"
import * as SelfTest from "../src/layers/device/SelfTest.ts"
import { Device, type EngineName } from "../src/pipeline/device/Device.ts"
import { type Case, cases } from "../test/layers/device/cases.ts"
import { difference, type Evaluation, evaluate } from "../test/layers/device/evaluate.ts"
import { type Name, names } from "./engines/problems.ts"
import { median } from "./fixtures/median.ts"

const { values } = parseArgs({
  options: { engine: { type: "string", default: "gpu" }, steps: { type: "string", default: "500" } }
})
const engine = DeviceLayer.engines.find(({ name }) => name === values.engine)
if (engine === undefined) throw new Error(`no engine "${values.engine}"`)

const layerOf = (accelerator: EngineName) =>
  DeviceLayer.layer({ accelerator, devices: 1, strategy: "auto", precision: "32-true" })

/** What every engine is held to (test/layers/device/contract.ts); TF32 would miss it by two digits. */
const tolerance = 3.1e-5

const problems: Array<string> = []

const worst = (actual: Evaluation, wanted: Evaluation): number =>
  Math.max(
    difference(actual.output, wanted.output),
    ...actual.gradients.map((each, index) => difference(each, wanted.gradients[index] ?? new Float32Array()))
  )

const evaluateAll = Effect.map(Device, ({ tf }) => {
  const all = new Map<Case, Evaluation>()
  for (const item of cases) all.set(item, evaluate(tf, item))
  return all
})

const compare = (actual: ReadonlyMap<Case, Evaluation>, wanted: ReadonlyMap<Case, Evaluation>) => {
  let [largest, failed] = [0, 0]
  for (const [item, evaluation] of actual) {
    const expected = wanted.get(item)
    const off = expected === undefined ? Number.NaN : worst(evaluation, expected)
    largest = Math.max(largest, off)
    if (off < tolerance) continue
    failed += 1
    problems.push(`${item.name}: off by ${off.toExponential(1)}`)
  }
  console.log(
    `operations and gradients: ${actual.size - failed} of ${actual.size} agree with cpu, the largest difference ${largest.toExponential(1)}`
  )
}

/** A convolution, its batch norm and their gradients, over and over. */
const leaks = Effect.fnUntraced(function* (steps: number) {
  const { tf, ops, memory } = yield* Device
  const step = () =>
    tf.tidy(() => {
      const x = tf.ones<Rank4>([8, 32, 32, 8])
      const gradient = tf.grad((filter) => {
        const y = tf.conv2d(x, tf.reshape<Rank4>(filter, [3, 3, 8, 8]), 1, "same")
        return tf.mean(ops.batchNormTrain(y, tf.ones([8]), tf.zeros([8]), 1e-5, "relu").y)
      })
      gradient(tf.randomNormal([3, 3, 8, 8], 0, 1, "float32", 1)).dataSync()
    })
  step()
  const before = yield* memory
  for (let count = 0; count < steps; count++) step()
  const after = yield* memory
  console.log(`tensors after ${steps} steps: ${after.numTensors}, before: ${before.numTensors}`)
  if (after.numTensors !== before.numTensors) problems.push("tensors leak")
})

type Rank4 = import("@tensorflow/tfjs-core").Rank.R4

/** MiB that the driver says are taken and there, of the card in use; absent where it does not tell. */
const cardMemory = (): readonly [number, number] | undefined => {
  if (values.engine !== "gpu") return undefined
  const card = process.env["CUDA_VISIBLE_DEVICES"] ?? "0"
  const text = execFileSync(
    "nvidia-smi",
    ["--query-gpu=memory.used,memory.total", "--format=csv,noheader,nounits", "-i", card],
    { encoding: "utf8" }
  )
  const [used = Number.NaN, total = Number.NaN] = text.split(",").map(Number)
  return [used, total]
}

const tellMemory = () => {
  const memory = cardMemory()
  if (memory === undefined) return
  const [used, total] = memory
  console.log(`memory of the card: ${used} of ${total} MiB are taken, as it grows with need`)
  if (used > total / 2) problems.push("most of the card's memory is taken: it does not grow with need")
}

const examine = Effect.gen(function* () {
  const { info } = yield* Device
  console.log(`${info.name} (${Object.entries(info.versions).flat().join(" ")})`)
  const { wrong, gigaflops } = yield* SelfTest.run
  console.log(
    `self-test: ${wrong.length === 0 ? "passed" : `FAILED in ${wrong.join(", ")}`}, ${gigaflops.toFixed(0)} GFLOP/s`
  )
  problems.push(...wrong)
  yield* leaks(Number(values.steps))
  tellMemory()
  return yield* evaluateAll
})

/** Milliseconds of a step of each model, in a process of its own. */
const timesOf = async (name: EngineName): Promise<ReadonlyMap<Name, number>> => {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "engines/steps.ts"), name], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await lines.next()
  const times = new Map<Name, number>()
  for (const model of names) {
    child.stdin.write(`${model} 15\n`)
    const answer = await lines.next()
    const all = answer.done === true ? [] : answer.value.split(" ").map(Number)
    times.set(model, median(all.slice(5)))
  }
  child.kill()
  return times
}

const compareTimes = async (own: EngineName) => {
  const presences = await Effect.runPromise(
    Effect.forEach(DeviceLayer.engines, ({ name, probe }) =>
      Effect.map(probe, ({ present }) => ({ name, present }))
    )
  )
  const other =
    presences.find(({ name, present }) => present && !["gpu", "webgpu", own].includes(name))?.name ?? "wasm"
  const [fast, slow] = [await timesOf(own), await timesOf(other)]
  for (const model of names) {
    const [mine = Number.NaN, theirs = Number.NaN] = [fast.get(model), slow.get(model)]
    console.log(
      `${model}: ${mine.toFixed(1)} ms a step, ${theirs.toFixed(1)} on ${other}, ${(theirs / mine).toFixed(1)} times as fast`
    )
    if (!Number.isFinite(mine)) problems.push(`${model} does not train`)
  }
}

const presence = await Effect.runPromise(engine.probe)
if (presence.present) {
  const found = await Effect.runPromise(
    examine.pipe(
      Effect.provide(layerOf(engine.name)),
      Effect.map((evaluations) => ({ evaluations })),
      Effect.catchTag("DeviceUnavailable", ({ message }) => Effect.succeed({ message }))
    )
  )
  if ("message" in found) {
    console.log(found.message)
    console.log("VERDICT: none, as the card cannot be used")
    process.exitCode = 2
  } else {
    compare(found.evaluations, await Effect.runPromise(evaluateAll.pipe(Effect.provide(layerOf("cpu")))))
    await compareTimes(engine.name)
    for (const problem of problems) console.log(`PROBLEM  ${problem}`)
    console.log(
      problems.length === 0
        ? `VERDICT: the ${engine.name} engine works here`
        : `VERDICT: ${problems.length} problems`
    )
    process.exitCode = problems.length === 0 ? 0 : 1
  }
} else {
  console.log(`${engine.name}: ${presence.reason}. ${presence.cure}`)
  console.log("VERDICT: none, as there is no card or no engine here")
  process.exitCode = 2
}
