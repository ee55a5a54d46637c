/**
 * `node bench/engines/run.ts [rounds]`: one training step of four models on every engine that is present and on
 * PyTorch, where a python3 with torch is found (PYTHON names it), with one and two threads. All of them run side by
 * side in rounds and are compared round by round, so that a busy machine slows all alike; the table has medians.
 */
import { type ChildProcess, spawn } from "node:child_process"
import path from "node:path"
import { createInterface } from "node:readline"
import { Effect } from "effect"
import * as DeviceLayer from "../../src/layers/device/Device.ts"
import { type Name, names } from "./models.ts"

interface Runner {
  readonly name: string
  readonly threads: number
  readonly version: string
  readonly ask: (line: string) => Promise<ReadonlyArray<number>>
  readonly stop: () => void
}

const here = import.meta.dirname
const pythons = [process.env.PYTHON, "python3", "/usr/bin/python3"].filter((name) => name !== undefined)

type Lines = AsyncIterator<string>

const lineOf = async (lines: Lines): Promise<string | undefined> => {
  const next = await lines.next()
  return next.done === true ? undefined : next.value
}

/** Settings that hold OpenBLAS, which some builds of PyTorch multiply with, to kernels of older processors. */
const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...environment } = process.env
void [OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE]

const start = async (
  name: string,
  threads: number,
  command: string,
  args: Array<string>
): Promise<Runner | undefined> => {
  const child: ChildProcess = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"], env: environment })
  child.on("error", () => undefined)
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) return undefined
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const first = await lineOf(lines)
  if (first === undefined || !first.startsWith("ready")) return undefined
  return {
    name,
    threads,
    version: first.slice("ready ".length),
    ask: async (line) => {
      stdin.write(`${line}\n`)
      return ((await lineOf(lines)) ?? "").split(" ").map(Number)
    },
    stop: () => child.kill()
  }
}

const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const torch = async (threads: number): Promise<Runner | undefined> => {
  for (const python of pythons) {
    const runner = await start("PyTorch", threads, python, [path.join(here, "steps.py"), String(threads)])
    if (runner !== undefined) return runner
  }
  return undefined
}

const engines = (
  await Effect.runPromise(
    Effect.forEach(DeviceLayer.engines, ({ name, probe }) =>
      Effect.map(probe, ({ present }) => ({ name, present }))
    )
  )
).filter(({ name, present }) => present && name !== "cpu")

const runners: Array<Runner> = []
for (const threads of [1, 2]) {
  for (const { name } of engines) {
    const script = path.join(here, "steps.ts")
    const runner = await start(name, threads, process.execPath, [script, name, String(threads)])
    if (runner !== undefined) runners.push(runner)
  }
  const peer = await torch(threads)
  if (peer === undefined)
    console.log(`PyTorch with ${threads} threads: no python3 with torch was found, left out`)
  else runners.push(peer)
}

const steps: Readonly<Record<Name, number>> = { mlp: 30, lenet: 4, resnet: 3, dbnet: 3 }
const rounds = Number(process.argv[2] ?? 5)
const times = new Map<string, Array<number>>()
for (const model of names) {
  for (const runner of runners) await runner.ask(`${model} 3`)
  for (let round = 0; round < rounds; round++) {
    for (const runner of runners) {
      const key = `${model} ${runner.name} ${runner.threads}`
      times.set(key, [...(times.get(key) ?? []), median(await runner.ask(`${model} ${steps[model]}`))])
    }
  }
}
for (const runner of runners) runner.stop()

const column = (runner: Runner, model: Name): string => {
  const own = times.get(`${model} ${runner.name} ${runner.threads}`) ?? []
  const peer = times.get(`${model} PyTorch ${runner.threads}`)
  const ratio =
    peer === undefined ? "" : ` (${median(own.map((time, i) => time / (peer[i] ?? Number.NaN))).toFixed(2)}x)`
  return `${median(own).toFixed(1)} ms${ratio}`
}

console.log(`| engine, threads | ${names.join(" | ")} |`)
console.log(`| --- |${names.map(() => " --- |").join("")}`)
for (const runner of runners) {
  const cells = names.map((model) => column(runner, model))
  console.log(`| ${runner.name}, ${runner.threads} | ${cells.join(" | ")} |`)
}
console.log(`\nMilliseconds of a step (times PyTorch's with as many threads), ${rounds} interleaved rounds.`)
for (const runner of runners) console.log(`${runner.name}, ${runner.threads}: ${runner.version}`)
// oxlint-disable-next-line unicorn/no-process-exit -- a script ends here, whatever is still open
process.exit(0)
