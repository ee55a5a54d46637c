/** Runs overhead.ts in a process of its own and reads what it prints. */
import { spawnSync } from "node:child_process"
import path from "node:path"
import * as Schema from "effect/Schema"

const Overhead = Schema.Struct({
  name: Schema.String,
  steps: Schema.Int,
  /** Medians, milliseconds a step. */
  bare: Schema.Finite,
  yielding: Schema.Finite,
  trainer: Schema.Finite,
  /** Medians over the rounds: milliseconds beyond the yielding loop, and times of the bare one. */
  beyondYielding: Schema.Finite,
  overBare: Schema.Finite
})

type Overhead = typeof Overhead.Type

export interface Overheads {
  readonly mlp: Overhead
  readonly dbnet: Overhead
}

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Overhead))

const run = (...args: ReadonlyArray<string>): Overhead => {
  const script = path.join(import.meta.dirname, "overhead.ts")
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: "utf8",
    timeout: 180_000
  })
  const line = stdout.split("\n").find((text) => text.startsWith("{"))
  if (status !== 0 || line === undefined) throw new Error(`overhead.ts ended with ${status}:\n${stderr}`)
  return decode(line)
}

const processes = 5

/** Of several processes the one in the middle: where its memory lies makes a step of the MLP 10 µs longer or shorter. */
const middle = (found: ReadonlyArray<Overhead>, one: Overhead): Overhead =>
  found.toSorted((a, b) => a.beyondYielding - b.beyondYielding)[found.length >> 1] ?? one

export const measure = (): Overheads => {
  const first = run("mlp")
  const more = Array.from({ length: processes - 1 }, () => run("mlp"))
  return { mlp: middle([first, ...more], first), dbnet: run("dbnet", "40", "10") }
}
