/** Which process holds something, recorded so that another process can check whether it is still alive. */
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Thrown from "../internal/Thrown.ts"

export const ProcessOwner = Schema.Struct({
  pid: Schema.Int,
  host: Schema.String,
  /** The boot and the PID namespace in which `pid` is valid; null if the system names none. */
  place: Schema.optionalKey(Schema.NullOr(Schema.String)),
  /** When the process started, in the kernel's own unit, so that a reused pid is recognised; null if unknown. */
  began: Schema.NullOr(Schema.String),
  /** Unique to this claim. */
  token: Schema.String
})
export type ProcessOwner = typeof ProcessOwner.Type

const read = (path: string): Effect.Effect<Option.Option<string>> =>
  Effect.option(Effect.try(() => readFileSync(path, "utf8").trim()))

const target = (path: string): Effect.Effect<Option.Option<string>> =>
  Effect.option(Effect.try(() => readlinkSync(path)))

/**
 * Containers may share a host name, and each numbers its processes from 1. The number of a PID namespace is unique to
 * its kernel, and the boot id is unique among kernels.
 */
const here: Effect.Effect<string | null> = Effect.map(
  Effect.all([read("/proc/sys/kernel/random/boot_id"), target("/proc/self/ns/pid")]),
  ([boot, namespace]) =>
    Option.getOrNull(Option.all([boot, namespace]).pipe(Option.map((two) => two.join(" "))))
)

interface Status {
  readonly began: string
  /** The process has ended and its parent has not collected it yet. */
  readonly ended: boolean
}

/**
 * Fields 3 and 22 of /proc/<pid>/stat: the state, and the clock ticks from boot to the process's start
 * (proc_pid_stat(5)).
 */
const statOf = Effect.fnUntraced(function* (pid: number): Effect.fn.Return<Option.Option<Status>> {
  // If /proc belongs to another namespace, its numbers are other processes.
  const own = yield* target("/proc/self")
  if (Option.getOrUndefined(own) !== String(process.pid)) return Option.none()
  return Option.flatMap(yield* read(`/proc/${pid}/stat`), (text) => {
    // The command in brackets may itself contain spaces and brackets.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    return Option.map(Option.fromNullishOr(fields[19]), (began) => ({ began, ended: fields[0] === "Z" }))
  })
})

/** This process as an owner. */
export const self = Effect.fnUntraced(function* (token: string): Effect.fn.Return<ProcessOwner> {
  const stat = yield* statOf(process.pid)
  const began = Option.match(stat, { onNone: () => null, onSome: (status) => status.began })
  return { pid: process.pid, host: hostname(), place: yield* here, began, token }
})

/** `unknown` if the owner is on another machine or in another container, and cannot be checked. */
export type Life = "alive" | "dead" | "unknown"

/** Signal 0 only checks that the process exists; a refusal (EPERM) means that it is alive. */
const pidExists = (pid: number): Effect.Effect<boolean> =>
  Effect.try({ try: () => process.kill(pid, 0), catch: (thrown) => Thrown.code(thrown) === "ESRCH" }).pipe(
    Effect.catch((gone) => Effect.succeed(!gone))
  )

/** An owner without a `place` was written by a version that recorded only the host. */
const isNear = (owner: ProcessOwner, place: string | null): boolean =>
  owner.host === hostname() && (owner.place === undefined || owner.place === place)

export const lifeOf = Effect.fnUntraced(function* (owner: ProcessOwner): Effect.fn.Return<Life> {
  if (!isNear(owner, yield* here)) return "unknown"
  if (!(yield* pidExists(owner.pid))) return "dead"
  const stat = yield* statOf(owner.pid)
  const gone = ({ began, ended }: Status) => ended || (owner.began !== null && owner.began !== began)
  return Option.exists(stat, gone) ? "dead" : "alive"
})

/** Time between two signs of life, which show that an owner is alive that cannot be checked. */
export const beat = "10 seconds"

/**
 * Milliseconds without a sign of life after which such an owner counts as dead; generous, since a step may block for
 * long.
 */
export const patience = 120_000

/** Whether the owner holds what it claimed, given the milliseconds since its last sign of life. */
export const holds = (owner: ProcessOwner, silent: number): Effect.Effect<boolean> =>
  Effect.map(lifeOf(owner), (life) =>
    // An owner without a place gives no signs of life.
    life === "unknown" ? owner.place === undefined || silent < patience : life === "alive"
  )
