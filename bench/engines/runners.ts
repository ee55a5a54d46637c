/** Processes that do steps on demand: Anneal's engines and PyTorch, each with its number of threads. */
import { spawn } from "node:child_process"
import path from "node:path"
import { createInterface } from "node:readline"
import { Effect } from "effect"
import * as DeviceLayer from "../../src/layers/device/Device.ts"
import type { EngineName } from "../../src/pipeline/device/Device.ts"
import { type Name, names, type Way, ways } from "./problems.ts"

export interface Runner {
  readonly name: EngineName | "PyTorch"
  readonly threads: number
  readonly version: string
  /** Models that it can do in the time of a bench. */
  readonly models: ReadonlyArray<Name>
  /** How its models are written; the first is what it is compared by. */
  readonly ways: ReadonlyArray<Way>
  /** Milliseconds of each of `count` steps. */
  readonly steps: (model: Name, count: number, way: Way) => Promise<ReadonlyArray<number>>
  readonly stop: () => void
}

export interface Found {
  readonly runners: ReadonlyArray<Runner>
  /** What is not in the table, and why. */
  readonly absent: ReadonlyArray<string>
}

const here = import.meta.dirname

/** Settings that hold OpenBLAS, which some builds of PyTorch multiply with, to kernels of older processors. */
const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...environment } = process.env
void [OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE]

/** Longest wait for an answer, ms. */
const patience = 120_000

const within = async (line: Promise<IteratorResult<string>>): Promise<string | undefined> => {
  const late = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => late.resolve(undefined), patience)
  const next = await Promise.race([line, late.promise])
  clearTimeout(timer)
  return next === undefined || next.done === true ? undefined : next.value
}

const start = async (
  runner: Pick<Runner, "name" | "threads" | "models" | "ways">,
  command: string,
  args: ReadonlyArray<string>
): Promise<Runner | undefined> => {
  const child = spawn(command, [...args], { stdio: ["pipe", "pipe", "ignore"], env: environment })
  child.on("error", () => undefined)
  child.stdin.on("error", () => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const first = await within(lines.next())
  if (first === undefined || !first.startsWith("ready")) {
    child.kill()
    return undefined
  }
  return {
    ...runner,
    version: first.slice("ready ".length),
    steps: async (model, count, way) => {
      child.stdin.write(`${way === "handwritten" ? `${model}/${way}` : model} ${count}\n`)
      const answer = await within(lines.next())
      if (answer === undefined)
        throw new Error(`${runner.name} with ${runner.threads} threads stopped at ${model}`)
      return answer.split(" ").map(Number)
    },
    stop: () => child.kill()
  }
}

const { PYTHON } = process.env
const pythons = PYTHON === undefined ? ["python3", "/usr/bin/python3"] : [PYTHON]

const torch = async (threads: number): Promise<Runner | undefined> => {
  for (const python of pythons) {
    const args = [path.join(here, "steps.py"), String(threads)]
    const runner = await start({ name: "PyTorch", threads, models: names, ways: ["library"] }, python, args)
    if (runner !== undefined) return runner
  }
  return undefined
}

/** Plain JavaScript takes tens of seconds a step of the other models. */
const modelsOf = (name: EngineName): ReadonlyArray<Name> => (name === "cpu" ? ["mlp"] : names)

const countsOf = (name: EngineName): ReadonlyArray<number> =>
  ["wasm", "native"].includes(name) ? [1, 2] : [1]

const asked = (name: EngineName, optIn: ReadonlyArray<string>): boolean =>
  name !== "webgpu" || optIn.includes(name)

const engine = (name: EngineName, threads: number): Promise<Runner | undefined> => {
  const args = [path.join(here, "steps.ts"), name, String(threads)]
  return start({ name, threads, models: modelsOf(name), ways }, process.execPath, args)
}

/** One of the engines, by its name. */
export const startEngine = (name: string, threads: number): Promise<Runner | undefined> => {
  const known = DeviceLayer.engines.find((one) => one.name === name)
  return known === undefined ? Promise.resolve(undefined) : engine(known.name, threads)
}

/** Starts whatever this machine has; `optIn` names engines that are only measured when asked for. */
export const startAll = async (optIn: ReadonlyArray<string>): Promise<Found> => {
  const runners: Array<Runner> = []
  const absent: Array<string> = []
  const presences = await Effect.runPromise(
    Effect.forEach(DeviceLayer.engines, ({ name, probe }) =>
      Effect.map(probe, (presence) => ({ name, presence }))
    )
  )
  for (const { name, presence } of presences) {
    if (!presence.present) absent.push(`${name}: ${presence.reason}`)
    else if (!asked(name, optIn)) absent.push(`${name}: not asked for (--${name})`)
    else {
      for (const threads of countsOf(name)) {
        const runner = await engine(name, threads)
        if (runner === undefined) absent.push(`${name}, threads ${threads}: it did not start`)
        else runners.push(runner)
      }
    }
  }
  for (const threads of [1, 2]) {
    const peer = await torch(threads)
    if (peer === undefined)
      absent.push(`PyTorch, threads ${threads}: no python3 with torch (PYTHON=… names one)`)
    else runners.push(peer)
  }
  return { runners, absent }
}
