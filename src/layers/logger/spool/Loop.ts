/** Delivers a spool while it grows: whenever there is something new, but not more often than the tracker allows. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { AnyDelivery, Delivery, DeliveryError } from "./Delivery.ts"
import * as SpoolSender from "./Sender.ts"

/** A spool that is being written. */
export interface GrowingSpool {
  readonly path: string
  /** Bytes of the head, where the entries begin. */
  readonly start: number
  /** Bytes of whole lines on disk. */
  readonly end: () => number
}

/** Called each time a delivery fails. */
export type OnTrouble = (error: DeliveryError) => Effect.Effect<void>

export interface SpoolLoop {
  /** Signals that something was written. */
  readonly news: Effect.Effect<void>
  /** Stops waiting and delivers what is left, however long that takes, unless a failure is final. */
  readonly finish: Effect.Effect<void>
}

/** Starts a loop, in this thread or in another. */
export type Start = (
  spool: GrowingSpool,
  onTrouble: OnTrouble
) => Effect.Effect<SpoolLoop, never, FileSystem.FileSystem | Scope.Scope>

interface Sending<S> {
  readonly fs: FileSystem.FileSystem
  readonly spool: GrowingSpool
  readonly delivery: Delivery<S>
  readonly onTrouble: OnTrouble
}

const cursorOf = <S>({ fs, spool, delivery }: Sending<S>) =>
  SpoolSender.loadCursor(fs, spool.path, { start: spool.start, end: spool.end() }, delivery)

const drained = Effect.fnUntraced(function* <S>(sending: Sending<S>): Effect.fn.Return<void, DeliveryError> {
  const { fs, spool, delivery, onTrouble } = sending
  const cursor = yield* cursorOf(sending)
  yield* SpoolSender.drain(fs, spool.path, delivery, cursor, { end: spool.end, onTrouble })
})

/** Sends a sign of life to a tracker that wants one when there was nothing else to send. */
const beat = Effect.fnUntraced(function* <S>(sending: Sending<S>): Effect.fn.Return<void> {
  const { offset, state } = yield* cursorOf(sending)
  if (offset === sending.spool.start) return
  yield* sending.delivery.send(state, []).pipe(Effect.asVoid, Effect.catch(sending.onTrouble))
})

const keepSending = Effect.fnUntraced(function* <S>(
  sending: Sending<S>,
  news: Queue.Dequeue<void>
): Effect.fn.Return<never, DeliveryError> {
  const { every, heartbeat } = sending.delivery
  const next = Effect.timeoutOption(
    Queue.takeAll(news),
    heartbeat === undefined ? "Infinity" : `${heartbeat} seconds`
  )
  while (true) {
    const came = yield* next
    yield* Option.isSome(came) ? drained(sending) : beat(sending)
    yield* Effect.sleep(`${every} seconds`)
  }
})

const startWith = Effect.fnUntraced(function* <S>(
  sending: Sending<S>
): Effect.fn.Return<SpoolLoop, never, Scope.Scope> {
  const { spool, onTrouble } = sending
  const news = yield* Queue.sliding<void>(1)
  if (spool.end() > spool.start) yield* Queue.offer(news, undefined)
  const sender = yield* keepSending(sending, news).pipe(Effect.catch(onTrouble), Effect.forkScoped)
  return {
    news: Effect.asVoid(Queue.offer(news, undefined)),
    // What was waiting for a retry is tried once more now.
    finish: Fiber.interrupt(sender).pipe(Effect.andThen(drained(sending)), Effect.catch(onTrouble))
  }
})

/** A loop in this thread. */
export const start =
  (fs: FileSystem.FileSystem, delivery: AnyDelivery): Start =>
  (spool, onTrouble) =>
    delivery.use((one) => startWith({ fs, spool, delivery: one, onTrouble }))
