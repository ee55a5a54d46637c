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

const Overheads = Schema.Struct({ mlp: Overhead, dbnet: Overhead })
export type Overheads = typeof Overheads.Type

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Overheads))

export const measure = (): Overheads => {
  const script = path.join(import.meta.dirname, "overhead.ts")
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: "utf8",
    timeout: 180_000
  })
  const line = stdout.split("\n").find((text) => text.startsWith("{"))
  if (status !== 0 || line === undefined) throw new Error(`overhead.ts ended with ${status}:\n${stderr}`)
  return decode(line)
}
