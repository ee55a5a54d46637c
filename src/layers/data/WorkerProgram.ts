/**
 * The worker's side of a `WorkerPool`: a module whose default export is `WorkerProgram.serve(program)`. It loads only
 * the few Effect modules imported here; a program imports what else it needs.
 */
import {
  isMainThread,
  isMarkedAsUntransferable,
  type MessagePort,
  parentPort,
  workerData
} from "node:worker_threads"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"
import { DataError } from "../../pipeline/task/Dataset.ts"

/**
 * Built once from the setup, then called with one job at a time. Setup, jobs and replies are structured-cloneable. A
 * reply transfers its buffers: typed arrays that fill their buffer are moved, so never reply with one that you keep.
 * A worker is terminated without notice, so a program must not hold anything that has to be closed.
 */
export type Program<S, J, A> = (setup: S) => Effect.Effect<(job: J) => Effect.Effect<A, DataError>, DataError>

export interface ToWorker<J> {
  readonly id: number
  /** Absent: the job with this id is cancelled. */
  readonly job?: { readonly value: J }
}

export type FromWorker<A> =
  | { readonly _tag: "Done"; readonly id: number; readonly value: A }
  | { readonly _tag: "Failed"; readonly id: number; readonly error: DataErrorFields }
  | { readonly _tag: "Died"; readonly id: number; readonly report: string }
  | { readonly _tag: "Interrupted"; readonly id: number }

/** Errors lose their class on the way between threads, so their fields travel. */
export interface DataErrorFields {
  readonly where: string
  readonly problem: string
  readonly cure: string
}

/** Marks our workers, since another thread may import a program as well. */
export const MARK = "anneal/layers/data/WorkerPool"

/** The values inside one that may contain buffers; a long list of numbers contains none, and is skipped. */
const inside = (value: unknown): ReadonlyArray<unknown> => {
  if (Array.isArray(value)) return Predicate.isObjectOrArray(value[0]) ? value : []
  return Predicate.isObject(value) && !ArrayBuffer.isView(value) ? Object.values(value) : []
}

/** Whether a buffer is filled by one view, so that no other data is moved with it, and is not memory of a library. */
const isMovable = (view: ArrayBufferView): view is ArrayBufferView<ArrayBuffer> =>
  view.buffer instanceof ArrayBuffer &&
  view.byteLength === view.buffer.byteLength &&
  !isMarkedAsUntransferable(view.buffer)

/** Buffers that can be moved; others are copied. */
export const transferables = (value: unknown, found: Set<ArrayBuffer> = new Set()): Set<ArrayBuffer> => {
  if (ArrayBuffer.isView(value) && isMovable(value)) found.add(value.buffer)
  for (const item of inside(value)) transferables(item, found)
  return found
}

const answer = <A>(id: number, exit: Exit.Exit<A, DataError>): FromWorker<A> => {
  if (Exit.isSuccess(exit)) return { _tag: "Done", id, value: exit.value }
  if (Cause.hasInterruptsOnly(exit.cause)) return { _tag: "Interrupted", id }
  const error = Cause.squash(exit.cause)
  if (!(error instanceof DataError)) return { _tag: "Died", id, report: Cause.pretty(exit.cause) }
  return { _tag: "Failed", id, error: { where: error.where, problem: error.problem, cure: error.cure } }
}

/** A reply that cannot be cloned is a bug of the program, and is reported as one. */
const post = <A>(port: MessagePort, reply: FromWorker<A>): void => {
  const moved = reply._tag === "Done" ? [...transferables(reply.value)] : []
  const posted = Effect.runSyncExit(Effect.sync(() => port.postMessage(reply, moved)))
  if (Exit.isFailure(posted)) {
    port.postMessage({ _tag: "Died", id: reply.id, report: Cause.pretty(posted.cause) })
  }
}

const listen = <S, J, A>(program: Program<S, J, A>, setup: S, port: MessagePort): void => {
  const handler = Effect.runSync(Effect.cached(Effect.uninterruptible(Effect.suspend(() => program(setup)))))
  const running = new Map<number, Fiber.Fiber<A, DataError>>()
  port.on("message", ({ id, job }: ToWorker<J>) => {
    if (job === undefined) return running.get(id)?.interruptUnsafe()
    const fiber = Effect.runFork(Effect.flatMap(handler, (handle) => handle(job.value)))
    running.set(id, fiber)
    fiber.addObserver((exit) => {
      running.delete(id)
      post(port, answer(id, exit))
    })
  })
}

/** Starts serving if a pool started this module, and returns the program for use without a pool. */
export const serve = <S, J, A>(program: Program<S, J, A>): Program<S, J, A> => {
  if (!isMainThread && parentPort !== null && workerData?.mark === MARK)
    listen(program, workerData.setup, parentPort)
  return program
}
