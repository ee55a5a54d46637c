/** A scoped pool of worker threads for data jobs; the worker's side is `WorkerProgram`. */
import { Worker } from "node:worker_threads"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { DataError } from "../../pipeline/task/Dataset.ts"
import * as ThreadArguments from "../internal/ThreadArguments.ts"
import * as Thrown from "../internal/Thrown.ts"
import * as ExternalMemory from "./ExternalMemory.ts"
import { type FromWorker, MARK, type Program, type ToWorker } from "./WorkerProgram.ts"

export interface Options<S> {
  /** A module with the default export `WorkerProgram.serve(program)`: TypeScript from source, or a bundled file. */
  readonly entry: URL
  /** Passed to the program; structured-cloneable. */
  readonly setup: S
  /** Threads; 0 runs the jobs one at a time in this thread. */
  readonly workers: number
}

export interface WorkerPool<J, A> {
  /**
   * Runs a job in the first free worker; waiting jobs are served in order. Interruption removes a waiting job from
   * the queue, and asks a running one to stop: its worker is free again once the job has stopped.
   */
  readonly run: (job: J) => Effect.Effect<A, DataError>
}

type Answer<A> = Deferred.Deferred<A, DataError>

/** A thread and its current job; the next job restarts a lost thread. */
interface Slot<J, A> {
  readonly start: (job: J, answer: Answer<A>) => void
  /** Asks the job to stop, if it is still running. */
  readonly cancel: (answer: Answer<A>) => void
  readonly stop: () => Promise<unknown>
}

const CURE = "Run with data.workers=0 to see the cause in the main thread; the next job gets a fresh worker."

const outcome = <A>(message: FromWorker<A>): Effect.Effect<A, DataError> => {
  if (message._tag === "Done") return Effect.succeed(message.value)
  if (message._tag === "Failed") return Effect.fail(new DataError(message.error))
  return message._tag === "Died" ? Effect.die(new Error(message.report)) : Effect.interrupt
}

/** `free` is called whenever the slot can take the next job. */
const makeSlot = <S, J, A>(
  options: Options<S>,
  name: string,
  free: (slot: Slot<J, A>) => void
): Slot<J, A> => {
  let worker: Worker | undefined
  let current: { readonly id: number; readonly answer: Answer<A> } | undefined
  let jobs = 0

  const settle = (result: Effect.Effect<A, DataError>) => {
    const settled = current
    current = undefined
    if (settled === undefined) return
    Deferred.doneUnsafe(settled.answer, result)
    free(slot)
  }
  const lose = (lost: Worker, problem: string) => {
    if (worker !== lost) return
    worker = undefined
    settle(Effect.fail(new DataError({ where: name, problem, cure: CURE })))
  }
  const launch = (): Worker => {
    const workerData = { mark: MARK, setup: options.setup }
    const made = new Worker(options.entry, { workerData, execArgv: ThreadArguments.forFile(), name })
    made.on("message", (message: FromWorker<A>) => settle(outcome(message)))
    made.on("messageerror", (cause) => lose(made, `its reply cannot be read: ${cause.message}`))
    made.on("error", (cause) => lose(made, `it crashed: ${Thrown.said(cause)}`))
    made.on("exit", (code) => lose(made, `it stopped with exit code ${code} in the middle of a job`))
    return made
  }
  const send = (message: ToWorker<J>) => {
    worker ??= launch()
    worker.postMessage(message)
  }
  const slot: Slot<J, A> = {
    start: (job, answer) => {
      const id = ++jobs
      send({ id, job: { value: job } })
      current = { id, answer }
    },
    cancel: (answer) => {
      if (current?.answer === answer) send({ id: current.id })
    },
    stop: () => {
      const stopped = worker
      worker = undefined
      settle(Effect.interrupt)
      return stopped?.terminate() ?? Promise.resolve()
    }
  }
  worker = launch()
  return slot
}

const threads = Effect.fnUntraced(function* <S, J, A>(options: Options<S>) {
  const idle = yield* Queue.unbounded<Slot<J, A>>()
  const free = (slot: Slot<J, A>) => Queue.offerUnsafe(idle, slot)
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      Array.from({ length: options.workers }, (_, i) => {
        const slot = makeSlot<S, J, A>(options, `data worker ${i + 1}`, free)
        free(slot)
        return slot
      })
    ),
    (slots) =>
      Effect.andThen(
        Effect.promise(() => Promise.all(slots.map((slot) => slot.stop()))),
        Queue.shutdown(idle)
      )
  )
  const begin = (slot: Slot<J, A>, job: J, answer: Answer<A>) =>
    // A job that cannot be cloned throws here: a defect, and the slot is free again.
    Effect.sync(() => slot.start(job, answer)).pipe(Effect.onError(() => Queue.offer(idle, slot)))
  const run = (job: J): Effect.Effect<A, DataError> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const slot = yield* restore(Queue.take(idle))
        const answer = yield* Deferred.make<A, DataError>()
        yield* begin(slot, job, answer)
        return yield* restore(Deferred.await(answer)).pipe(
          Effect.onInterrupt(() => Effect.sync(() => slot.cancel(answer)))
        )
      })
    )
  return { run }
})

const isProgram = <S, J, A>(value: unknown): value is Program<S, J, A> => Predicate.isFunction(value)

const imported = Effect.fnUntraced(function* <S, J, A>(entry: URL) {
  const module: { readonly default?: unknown } = yield* Effect.tryPromise({
    try: () => import(entry.href),
    catch: (cause) =>
      new DataError({
        where: entry.href,
        problem: `the data program cannot be loaded: ${Thrown.said(cause)}`,
        cure: "Install the package again; a bundle must contain its worker files."
      })
  })
  if (isProgram<S, J, A>(module.default)) return module.default
  return yield* Effect.die(new Error(`${entry.href} has no default export made by WorkerProgram.serve`))
})

const sameThread = Effect.fnUntraced(function* <S, J, A>(options: Options<S>) {
  const handler = yield* Effect.cached(
    Effect.uninterruptible(
      Effect.flatMap(imported<S, J, A>(options.entry), (program) => program(options.setup))
    )
  )
  const turn = yield* Semaphore.make(1)
  const run = (job: J): Effect.Effect<A, DataError> =>
    turn.withPermit(Effect.flatMap(handler, (handle) => handle(job)))
  return { run }
})

/**
 * Starts the threads and returns at once; if the program cannot start, the jobs fail. A typed failure in a worker
 * arrives unchanged, a crash as a `DataError` that names the worker. All threads end with the scope.
 */
export const make = <S, J, A>(options: Options<S>): Effect.Effect<WorkerPool<J, A>, never, Scope.Scope> =>
  options.workers === 0
    ? sameThread<S, J, A>(options)
    : Effect.andThen(ExternalMemory.counted, threads<S, J, A>(options))
