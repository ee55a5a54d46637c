/** Which process holds something, told so that another can see whether it still lives. */
import { readFileSync } from "node:fs"
import { hostname } from "node:os"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Thrown from "../internal/Thrown.ts"

export const ProcessOwner = Schema.Struct({
  pid: Schema.Int,
  host: Schema.String,
  /** When the process began, in the kernel's own measure, so that a pid used again is told apart; null unknown. */
  began: Schema.NullOr(Schema.String),
  /** Unlike in any other claim. */
  token: Schema.String
})
export type ProcessOwner = typeof ProcessOwner.Type

/** Field 22 of /proc/<pid>/stat: clock ticks from boot to the process's start (proc_pid_stat(5)). */
const beganOf = (pid: number): Effect.Effect<Option.Option<string>> =>
  Effect.option(Effect.try(() => readFileSync(`/proc/${pid}/stat`, "utf8"))).pipe(
    // The command in brackets may hold spaces and brackets itself.
    Effect.map(
      Option.flatMap((text) => Option.fromNullishOr(text.slice(text.lastIndexOf(")") + 2).split(" ")[19]))
    )
  )

/** This process as an owner. */
export const self = (token: string): Effect.Effect<ProcessOwner> =>
  Effect.map(beganOf(process.pid), (began) => ({
    pid: process.pid,
    host: hostname(),
    began: Option.getOrNull(began),
    token
  }))

/** `unknown` where the owner is on another machine and cannot be asked. */
export type Life = "alive" | "dead" | "unknown"

/** Signal 0 asks for the process and disturbs nothing; a refusal (EPERM) comes from one that lives. */
const pidExists = (pid: number): Effect.Effect<boolean> =>
  Effect.try({ try: () => process.kill(pid, 0), catch: (thrown) => Thrown.code(thrown) === "ESRCH" }).pipe(
    Effect.catch((gone) => Effect.succeed(!gone))
  )

export const lifeOf = Effect.fnUntraced(function* (owner: ProcessOwner): Effect.fn.Return<Life> {
  if (owner.host !== hostname()) return "unknown"
  if (!(yield* pidExists(owner.pid))) return "dead"
  const began = yield* beganOf(owner.pid)
  const other = owner.began !== null && Option.isSome(began) && began.value !== owner.began
  return other ? "dead" : "alive"
})
