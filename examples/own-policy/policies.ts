/** Three policies of your own: plain functions over the events of a fit, in place of callbacks. */
import type { Event } from "anneal/Event"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Stream from "effect/Stream"

/**
 * Stops as soon as a metric is good enough. A consumer that leaves the stream ends the fit, which saves `last`: no
 * flag is set, and no hook returns anything.
 */
export const stopAt =
  (metric: string, enough: number) =>
  <I, E, R>(events: Stream.Stream<Event<I>, E, R>): Stream.Stream<Event<I>, E, R> =>
    Stream.takeUntil(
      events,
      (event) => event._tag === "EvaluationEnded" && (event.metrics[metric] ?? Number.NaN) <= enough
    )

export interface Spike {
  readonly step: number
  readonly loss: number
  readonly usual: number
}

/** A moving average of the losses so far; none before the first. */
type Usual = number | undefined

interface Judged<I> {
  readonly event: Event<I>
  readonly spike: Spike | undefined
}

const judged =
  (times: number) =>
  <I>(usual: Usual, event: Event<I>): readonly [Usual, ReadonlyArray<Judged<I>>] => {
    if (event._tag !== "StepEnded") return [usual, [{ event, spike: undefined }]]
    const { step, loss } = event
    if (usual === undefined) return [loss, [{ event, spike: undefined }]]
    return [
      0.9 * usual + 0.1 * loss,
      [{ event, spike: loss > times * usual ? { step, loss, usual } : undefined }]
    ]
  }

/**
 * Watches for losses far above the usual. Its state is a value that is passed from event to event, and the caller
 * decides what to do about a spike.
 */
export const onSpike =
  <E2, R2>(times: number, alarm: (spike: Spike) => Effect.Effect<unknown, E2, R2>) =>
  <I, E, R>(events: Stream.Stream<Event<I>, E, R>): Stream.Stream<Event<I>, E | E2, R | R2> =>
    Stream.mapAccum(events, (): Usual => undefined, judged(times)<I>).pipe(
      Stream.tap(({ spike }) => (spike === undefined ? Effect.void : alarm(spike))),
      Stream.map(({ event }) => event)
    )

/** Copies each checkpoint that becomes the best to `folder`, for another program to use. */
export const publishBest =
  (folder: string) =>
  (event: Event): Effect.Effect<void, PlatformError, FileSystem.FileSystem> =>
    event._tag === "CheckpointSaved" && event.aliases.includes("best")
      ? FileSystem.FileSystem.use((fs) => fs.copy(event.path, folder, { overwrite: true }))
      : Effect.void
