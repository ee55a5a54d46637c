/** Which process holds something, told so that another can see whether it still lives. */
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Thrown from "../internal/Thrown.ts"

export const ProcessOwner = Schema.Struct({
  pid: Schema.Int,
  host: Schema.String,
  /** The boot and the PID namespace in which `pid` means this process; null where the system names none. */
  place: Schema.optionalKey(Schema.NullOr(Schema.String)),
  /** When the process began, in the kernel's own measure, so that a pid used again is told apart; null unknown. */
  began: Schema.NullOr(Schema.String),
  /** Unlike in any other claim. */
  token: Schema.String
})
export type ProcessOwner = typeof ProcessOwner.Type

const read = (path: string): Effect.Effect<Option.Option<string>> =>
  Effect.option(Effect.try(() => readFileSync(path, "utf8").trim()))

const target = (path: string): Effect.Effect<Option.Option<string>> =>
  Effect.option(Effect.try(() => readlinkSync(path)))

/**
 * Containers may have one host name and count their processes each from 1. The number of a PID namespace is unlike
 * any other of its kernel, and the boot's is unlike any other kernel's.
 */
const here: Effect.Effect<string | null> = Effect.map(
  Effect.all([read("/proc/sys/kernel/random/boot_id"), target("/proc/self/ns/pid")]),
  ([boot, namespace]) =>
    Option.getOrNull(Option.all([boot, namespace]).pipe(Option.map((two) => two.join(" "))))
)

interface Told {
  readonly began: string
  /** Its parent has not yet taken notice of its end. */
  readonly ended: boolean
}

/** Fields 3 and 22 of /proc/<pid>/stat: the state, and the clock ticks from boot to the process's start (proc_pid_stat(5)). */
const statOf = Effect.fnUntraced(function* (pid: number): Effect.fn.Return<Option.Option<Told>> {
  // Where /proc is another namespace's, its numbers are other processes.
  const own = yield* target("/proc/self")
  if (Option.getOrUndefined(own) !== String(process.pid)) return Option.none()
  return Option.flatMap(yield* read(`/proc/${pid}/stat`), (text) => {
    // The command in brackets may hold spaces and brackets itself.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    return Option.map(Option.fromNullishOr(fields[19]), (began) => ({ began, ended: fields[0] === "Z" }))
  })
})

/** This process as an owner. */
export const self = Effect.fnUntraced(function* (token: string): Effect.fn.Return<ProcessOwner> {
  const stat = yield* statOf(process.pid)
  const began = Option.match(stat, { onNone: () => null, onSome: (told) => told.began })
  return { pid: process.pid, host: hostname(), place: yield* here, began, token }
})

/** `unknown` where the owner is on another machine or in another container, and cannot be asked. */
export type Life = "alive" | "dead" | "unknown"

/** Signal 0 asks for the process and disturbs nothing; a refusal (EPERM) comes from one that lives. */
const pidExists = (pid: number): Effect.Effect<boolean> =>
  Effect.try({ try: () => process.kill(pid, 0), catch: (thrown) => Thrown.code(thrown) === "ESRCH" }).pipe(
    Effect.catch((gone) => Effect.succeed(!gone))
  )

/** An owner without a `place` was written by a version that knew hosts alone. */
const isNear = (owner: ProcessOwner, place: string | null): boolean =>
  owner.host === hostname() && (owner.place === undefined || owner.place === place)

export const lifeOf = Effect.fnUntraced(function* (owner: ProcessOwner): Effect.fn.Return<Life> {
  if (!isNear(owner, yield* here)) return "unknown"
  if (!(yield* pidExists(owner.pid))) return "dead"
  const stat = yield* statOf(owner.pid)
  const gone = ({ began, ended }: Told) => ended || (owner.began !== null && owner.began !== began)
  return Option.exists(stat, gone) ? "dead" : "alive"
})

/** Time between two signs of life, by which an owner is known that cannot be asked. */
export const beat = "10 seconds"

/** Milliseconds without a sign of life after which such an owner counts as dead: a step may block for long. */
export const patience = 120_000

/** Whether the owner holds what it claimed, given the milliseconds since its last sign of life. */
export const holds = (owner: ProcessOwner, silent: number): Effect.Effect<boolean> =>
  Effect.map(lifeOf(owner), (life) =>
    // An owner without a place gives no signs.
    life === "unknown" ? owner.place === undefined || silent < patience : life === "alive"
  )
