/** How what lies in a spool gets to a tracker: in order, again after a failure, and no entry twice. */
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Durable from "../../internal/Durable.ts"
import type { SpooledEntry } from "./Entry.ts"

/** A tracker did not take what was sent. */
export class DeliveryError extends Schema.TaggedError<DeliveryError>()("DeliveryError", {
  problem: Schema.String,
  /** Sending the same again cannot help: a key that is wrong, a project that is not there. */
  final: Schema.Boolean,
  /** Seconds that the tracker asked to be left alone. */
  retryAfter: Schema.NullOr(Schema.Finite)
}) {
  override get message() {
    return this.problem
  }
}

/** A file of the run that was to be sent; the next try may find it readable. */
export const unreadable = (error: PlatformError): DeliveryError =>
  new DeliveryError({
    problem: `a file of the run cannot be read: ${Durable.problemOf(error)}`,
    final: false,
    retryAfter: null
  })

/** What nobody but a person can mend. */
export const refusal = (problem: string): DeliveryError =>
  new DeliveryError({ problem, final: true, retryAfter: null })

export interface Delivery<S> {
  /** State before anything was delivered. */
  readonly initial: S
  /** How the state is kept beside the spool. */
  readonly codec: Schema.Codec<S, unknown>
  /**
   * Delivers entries that follow those that led to `state`. It may have been tried before with the same state
   * and entries, in part or whole, and what arrived then must not arrive twice.
   */
  readonly send: (state: S, entries: ReadonlyArray<SpooledEntry>) => Effect.Effect<S, DeliveryError>
  /** Least seconds between two deliveries while the run goes on. */
  readonly every: number
  /** Seconds without news after which nothing is sent all the same, where the tracker wants to know that the run lives. */
  readonly heartbeat?: number
  /** Whether what the state knows of is still there; otherwise everything is delivered anew. Absent: it is. */
  readonly holds?: (state: S) => Effect.Effect<boolean>
}

/** A delivery whose state is nobody else's business. */
export interface AnyDelivery {
  readonly use: <A>(body: <S>(delivery: Delivery<S>) => A) => A
}

export const any = <S>(delivery: Delivery<S>): AnyDelivery => ({ use: (body) => body(delivery) })

/** Delivers nothing, and says why. */
export const refusing = (error: DeliveryError): AnyDelivery =>
  any({ initial: null, codec: Schema.Unknown, every: 5, send: () => Effect.fail(error) })
