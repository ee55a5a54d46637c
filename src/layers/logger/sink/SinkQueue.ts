/** A sink behind a queue: adding an entry never waits, and the run goes on without a sink that fails. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { type Entry, type Sink, SinkError } from "./Sink.ts"

/** A marker in the queue: once it is reached, everything before it was written. */
interface Mark {
  readonly _tag: "Mark"
  readonly reached: Deferred.Deferred<void>
}

export interface SinkQueue {
  readonly name: string
  readonly give: (entry: Entry) => void
  /** Waits until everything added so far was written, or the sink has failed. */
  readonly flush: Effect.Effect<void>
  /** Writes what is left, closes the sink, and returns what remains to be done or went wrong. */
  readonly close: Effect.Effect<ReadonlyArray<string>>
}

interface State {
  failure: SinkError | undefined
  /** Entries that the failed sink did not write. */
  lost: number
}

const isMark = (item: Entry | Mark): item is Mark => item._tag === "Mark"

/** A defect of a sink is a bug in it and reported as one; the run must not fail because of it. */
const bugOf = ({ name }: Sink, defect: unknown) =>
  new SinkError({
    sink: name,
    problem: `a bug of this sink: ${defect instanceof Error ? (defect.stack ?? defect.message) : String(defect)}`
  })

/** Writes entries, records the first failure and reports it once; later entries are counted and dropped. */
const writeOrLose = Effect.fnUntraced(function* (
  sink: Sink,
  state: State,
  entries: ReadonlyArray<Entry>
): Effect.fn.Return<void> {
  if (entries.length === 0) return
  if (state.failure !== undefined) {
    state.lost += entries.length
    return
  }
  yield* sink.write(entries).pipe(
    Effect.catchDefect((defect) => Effect.fail(bugOf(sink, defect))),
    Effect.catch((failure) => {
      state.failure = failure
      state.lost += entries.length
      return Effect.logWarning(`${failure.message}; training goes on without it`)
    })
  )
})

/** How long entries are gathered before they are written: the cost is per call more than per entry. */
const gathering = "1 second"

const consume = Effect.fnUntraced(function* (
  sink: Sink,
  state: State,
  queue: Queue.Dequeue<Entry | Mark>,
  urgent: Latch.Latch
): Effect.fn.Return<never> {
  while (true) {
    const first = yield* Queue.takeAll(queue)
    if (!first.some(isMark)) yield* Effect.raceFirst(Effect.sleep(gathering), urgent.await)
    const items = [...first, ...(yield* Queue.clear(queue))]
    yield* urgent.close
    yield* writeOrLose(
      sink,
      state,
      items.filter((item) => !isMark(item))
    )
    for (const item of items) if (isMark(item)) yield* Deferred.succeed(item.reached, undefined)
    // A caller that adds entries without a pause must not starve other fibers through this one.
    yield* Effect.yieldNow
  }
})

const closed = Effect.fnUntraced(function* (
  sink: Sink,
  state: State
): Effect.fn.Return<ReadonlyArray<string>> {
  const left = yield* sink.close.pipe(
    Effect.catchDefect((defect) => Effect.fail(bugOf(sink, defect))),
    Effect.catch((failure) => {
      state.failure ??= failure
      return Effect.succeed(undefined)
    })
  )
  const { failure, lost } = state
  const failed =
    failure === undefined
      ? []
      : [`${failure.message}${lost === 0 ? "" : ` (${lost} entries were not written)`}`]
  return left === undefined ? failed : [...failed, `logger.${sink.name}: ${left}`]
})

/** Entries are passed to `sink` one batch at a time by a fiber of the scope. */
export const make = Effect.fnUntraced(function* (
  sink: Sink
): Effect.fn.Return<SinkQueue, never, Scope.Scope> {
  const queue = yield* Queue.unbounded<Entry | Mark>()
  const state: State = { failure: undefined, lost: 0 }
  const urgent = yield* Latch.make()
  const fiber = yield* Effect.forkScoped(consume(sink, state, queue, urgent))
  const flush = Effect.gen(function* () {
    const reached = yield* Deferred.make<void>()
    Queue.offerUnsafe(queue, { _tag: "Mark", reached })
    yield* urgent.open
    yield* Deferred.await(reached)
  })
  return {
    name: sink.name,
    give: (entry) => {
      Queue.offerUnsafe(queue, entry)
    },
    flush,
    close: flush.pipe(Effect.andThen(Fiber.interrupt(fiber)), Effect.andThen(closed(sink, state)))
  }
})
