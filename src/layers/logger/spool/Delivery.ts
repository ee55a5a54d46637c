/** How the entries of a spool get to a tracker: in order, retried after a failure, and none twice. */
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Durable from "../../internal/Durable.ts"
import type { SpooledEntry } from "./Entry.ts"

/** A tracker did not accept what was sent. */
export class DeliveryError extends Schema.TaggedError<DeliveryError>()("DeliveryError", {
  problem: Schema.String,
  /** Whether a retry cannot help: a wrong key, a missing project. */
  final: Schema.Boolean,
  /** Seconds that the tracker asked to wait. */
  retryAfter: Schema.NullOr(Schema.Finite)
}) {
  override get message() {
    return this.problem
  }
}

/** A file to send cannot be read; the next try may succeed. */
export const unreadable = (error: PlatformError): DeliveryError =>
  new DeliveryError({
    problem: `a file of the run cannot be read: ${Durable.problemOf(error)}`,
    final: false,
    retryAfter: null
  })

/** An error that only the user can fix. */
export const refusal = (problem: string): DeliveryError =>
  new DeliveryError({ problem, final: true, retryAfter: null })

export interface Delivery<S> {
  /** The state before anything was delivered. */
  readonly initial: S
  /** How the state is stored beside the spool. */
  readonly codec: Schema.Codec<S, unknown>
  /**
   * Delivers the entries after those that led to `state`. It may have been called before with the same state and some
   * or all of these entries, and what arrived then must not arrive twice.
   */
  readonly send: (state: S, entries: ReadonlyArray<SpooledEntry>) => Effect.Effect<S, DeliveryError>
  /** Minimum seconds between two deliveries during the run. */
  readonly every: number
  /** Seconds without new entries after which an empty delivery is sent, for a tracker that wants signs of life. */
  readonly heartbeat?: number
  /** Whether what the state refers to still exists; otherwise everything is delivered again. Absent: it does. */
  readonly holds?: (state: S) => Effect.Effect<boolean>
}

/** A delivery whose type of state is hidden. */
export interface AnyDelivery {
  readonly use: <A>(body: <S>(delivery: Delivery<S>) => A) => A
}

export const any = <S>(delivery: Delivery<S>): AnyDelivery => ({ use: (body) => body(delivery) })

/** Delivers nothing and fails with the reason. */
export const refusing = (error: DeliveryError): AnyDelivery =>
  any({ initial: null, codec: Schema.Unknown, every: 5, send: () => Effect.fail(error) })
