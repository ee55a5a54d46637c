/**
 * A tracker's sink: this thread writes entries to the spool, and another thread delivers them to the tracker, so that
 * neither the tracker's protocol nor its failures cost the run's thread time.
 */
import { extname } from "node:path"
import { Worker } from "node:worker_threads"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as ThreadArguments from "../../internal/ThreadArguments.ts"
import * as Thrown from "../../internal/Thrown.ts"
import type { Sink, SinkError, SinkOptions, SinkServices } from "../sink/Sink.ts"
import { DeliveryError } from "../spool/Delivery.ts"
import type { SpoolHead } from "../spool/File.ts"
import type { GrowingSpool, OnTrouble, SpoolLoop, Start } from "../spool/Loop.ts"
import * as SpoolSink from "../spool/Sink.ts"
import * as Secrets from "../tracker/Secrets.ts"

/** What the thread starts with. */
export interface Setup {
  readonly head: SpoolHead
  readonly path: string
  readonly start: number
  readonly end: number
}

/** `end` is where the spool ends now. */
export interface ToThread {
  readonly _tag: "News" | "Finish"
  readonly end: number
}

export type FromThread =
  | { readonly _tag: "Trouble"; readonly message: string; readonly final: boolean }
  | { readonly _tag: "Finished" }

const entry = new URL(`./spoolWorker${extname(import.meta.url)}`, import.meta.url)

const troubleOf = (problem: string, final: boolean): DeliveryError =>
  new DeliveryError({ problem, final, retryAfter: null })

const crashOf = (cause: unknown): DeliveryError =>
  troubleOf(`its thread crashed, which is a bug: ${Thrown.said(cause)}`, true)

const started = Effect.fnUntraced(function* (
  head: SpoolHead,
  { path, start, end }: GrowingSpool,
  onTrouble: OnTrouble
): Effect.fn.Return<SpoolLoop, never, Scope.Scope> {
  const env = yield* Secrets.environment
  const workerData: Setup = { head, path, start, end: end() }
  const worker = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const execArgv = ThreadArguments.forFile()
      return new Worker(entry, { workerData, env, execArgv, name: `logger.${head.sink}` })
    }),
    (one) => Effect.promise(() => one.terminate())
  )
  const finished = yield* Deferred.make<void>()
  const troubles = yield* Queue.unbounded<DeliveryError>()
  const over = () => Deferred.doneUnsafe(finished, Effect.void)
  worker.on("message", (message: FromThread) => {
    if (message._tag === "Finished") over()
    else Queue.offerUnsafe(troubles, troubleOf(message.message, message.final))
  })
  worker.on("error", (cause) => Queue.offerUnsafe(troubles, crashOf(cause)))
  worker.on("exit", over)
  yield* Queue.take(troubles).pipe(Effect.flatMap(onTrouble), Effect.forever, Effect.forkScoped)
  const post = (_tag: ToThread["_tag"]) =>
    Effect.sync(() => {
      const message: ToThread = { _tag, end: end() }
      worker.postMessage(message)
    })
  return {
    news: post("News"),
    finish: post("Finish").pipe(
      Effect.andThen(Deferred.await(finished)),
      // Failures that are still queued are reported before the end.
      Effect.andThen(Effect.flatMap(Queue.clear(troubles), Effect.forEach(onTrouble, { discard: true })))
    )
  }
})

/** A loop in a thread that ends with the scope; it knows the tracker only from the spool's head. */
const startIn =
  (head: SpoolHead): Start =>
  (spool, onTrouble) =>
    started(head, spool, onTrouble)

/** Opens the sink called `sink` with its block of the plan. */
export const open =
  (sink: string, plan: unknown) =>
  (options: SinkOptions): Effect.Effect<Sink, SinkError, SinkServices> =>
    Effect.flatMap(SpoolSink.headFor(sink, plan), (head) =>
      SpoolSink.open({ ...options, head, start: startIn(head) })
    )
