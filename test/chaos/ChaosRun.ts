/** One run directory under chaos: children that train in it, and what is found in it when one is gone. */
import { type ChildProcess, spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CheckpointDirectory from "../../src/layers/checkpoint/CheckpointDirectory.ts"
import { Checkpoints } from "../../src/pipeline/train/Checkpoints.ts"

const program = join(import.meta.dirname, "child.ts")

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
}

export interface Child {
  readonly process: ChildProcess
  /** Training began; never resolves for a child that ends before. */
  readonly ready: Promise<void>
  readonly ended: Promise<Ended>
}

/** Trains in `directory`, or goes on there. */
export const start = (directory: string, ...args: ReadonlyArray<string>): Child => {
  const child = spawn(process.execPath, [program, directory, ...args], { stdio: ["ignore", "pipe", "pipe"] })
  let stderr = ""
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk)
  })
  const ready = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()))
  const ended = new Promise<Ended>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal, stderr }))
  )
  return { process: child, ready, ended }
}

/** Kills the child after `milliseconds`, counted from its start or from when it trains; how it ended. */
export const killed = async (child: Child, from: "start" | "ready", milliseconds: number): Promise<Ended> => {
  const ended = child.ended.then(() => undefined)
  if (from === "ready") await Promise.race([child.ready, ended])
  await Promise.race([sleep(milliseconds), ended])
  child.process.kill("SIGKILL")
  return child.ended
}

const load = (folder: string, reference: string) =>
  Effect.runPromise(
    Checkpoints.use((checkpoints) => checkpoints.load(reference)).pipe(
      Effect.provide(Layer.provide(CheckpointDirectory.layerAt(folder), NodeFileSystem.layer)),
      Effect.result
    )
  )

export interface Found {
  /** Optimizer step of `last`; 0 where nothing was saved yet. */
  readonly step: number
  /** What a dead process left: a half-made checkpoint, a replaced one, its lock. */
  readonly left: ReadonlyArray<string>
  /** Sentences of what must not be. */
  readonly violations: ReadonlyArray<string>
}

const names = (folder: string): ReadonlyArray<string> => (existsSync(folder) ? readdirSync(folder) : [])

/** Looks at the directory as the dead process left it: `last`, and `best` where one was ranked, must load. */
export const inspect = async (directory: string): Promise<Found> => {
  const folder = join(directory, "checkpoints")
  const there = names(folder)
  const whole = there.filter((name) => !name.startsWith("."))
  const left = [
    ...(there.some((name) => name.startsWith(".tmp")) ? ["a half-made checkpoint"] : []),
    ...(there.some((name) => name.endsWith(".previous")) ? ["a replaced checkpoint"] : []),
    ...(existsSync(join(directory, ".lock")) ? ["a lock"] : [])
  ]
  if (whole.length === 0) return { step: 0, left, violations: [] }
  // By path from elsewhere first: reading must not need the repairs that opening the folder makes.
  const last = await load(join(directory, "elsewhere"), folder)
  const best = whole.some((name) => name.startsWith("best")) ? await load(folder, "best") : undefined
  return {
    step: last._tag === "Success" ? last.success.state.step : 0,
    left,
    violations: [
      ...(last._tag === "Failure" ? [`last does not load: ${last.failure.message}`] : []),
      ...(best?._tag === "Failure" ? [`best does not load: ${best.failure.message}`] : [])
    ]
  }
}

const digest = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex")

/** Numbers of the log that the clock has no part in, a line each. */
const numbers = (directory: string): ReadonlyArray<string> =>
  readFileSync(join(directory, "metrics.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith('{"_tag":"Scalars"'))
    .map((line) => {
      const { step, values } = JSON.parse(line)
      const { samples_per_second, ...rest } = values
      return JSON.stringify([step, rest])
    })

export interface Outcome {
  /** Digests of the final weights and optimizer state. */
  readonly weights: string
  readonly optimizer: string
  readonly numbers: ReadonlyArray<string>
  readonly checkpoints: ReadonlyArray<string>
}

/** What a finished run came to. */
export const outcome = (directory: string): Outcome => ({
  weights: digest(join(directory, "checkpoints/last/model.safetensors")),
  optimizer: digest(join(directory, "checkpoints/last/optimizer.safetensors")),
  numbers: numbers(directory),
  checkpoints: readdirSync(join(directory, "checkpoints")).toSorted()
})

/** What of a finished run is not as in the run that nothing befell. */
export const differences = (seen: Outcome, wanted: Outcome): ReadonlyArray<string> => {
  const at = wanted.numbers.findIndex((line, i) => line !== seen.numbers[i])
  const logged =
    at < 0 && seen.numbers.length === wanted.numbers.length
      ? []
      : [
          `the log differs in line ${at < 0 ? wanted.numbers.length : at}: ${seen.numbers[at] ?? "nothing"} instead of ` +
            `${wanted.numbers[at] ?? `the end (${seen.numbers.length} lines instead of ${wanted.numbers.length})`}`
        ]
  return [
    ...(seen.weights === wanted.weights ? [] : ["the final weights differ"]),
    ...(seen.optimizer === wanted.optimizer ? [] : ["the final optimizer state differs"]),
    ...(String(seen.checkpoints) === String(wanted.checkpoints)
      ? []
      : [
          `there are the checkpoints ${seen.checkpoints.join(", ")} instead of ${wanted.checkpoints.join(", ")}`
        ]),
    ...logged
  ]
}
