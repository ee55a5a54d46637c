/**
 * How a run proceeds, training and evaluation alike: one action after the other, each when its events are asked for.
 *
 * An action is a function from the state of the run to its next state and to the events that report it. The loop alone
 * holds the newest state: whatever wants to change it has to be an action.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Event } from "./Event.ts"

/** What an action leads to; `O` is what the task gives for an evaluated batch. */
export interface Next<State, O> {
  readonly state: State
  readonly events: ReadonlyArray<Event<O>>
}

/** Lets an effect be interrupted, if the consumer of the run may be. */
export type Interruptible = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * One unit of work. It is interrupted only in what it passes to `interruptible`, where it must not have begun to change
 * anything yet; its state and its events take effect together. If it fails, the state stays as it was.
 */
export type Action<State, O, E, R> = (
  state: State,
  interruptible: Interruptible
) => Effect.Effect<Next<State, O>, E, R>

/** Actions in their order; each `yield` returns the state that the action led to. */
export type Actions<State, O, E, R> = Generator<Action<State, O, E, R>, State, State>

/** Where the newest state of a run is. Only the loop writes to it; a finalizer may read it. */
export interface Current<State> {
  state: State
}

export interface Run<State, O, E, R> {
  readonly current: Current<State>
  readonly actions: Actions<State, O, E, R>
}

export type OnEvent<O, E, R> = (event: Event<O>) => Effect.Effect<unknown, E, R>

type Pulled<O, E, R> = Pull.Pull<Arr.NonEmptyReadonlyArray<Event<O>>, E, void, R>

/** Performs the next action and reports its events, as one: an interruption finds both done, or neither. */
const pull = <State, O, E, R, E2, R2>(
  { current, actions }: Run<State, O, E, R>,
  onEvent: OnEvent<O, E2, R2>
): Pulled<O, E | E2, R | R2> => {
  const advance = (interruptible: Interruptible): Pulled<O, E | E2, R | R2> => {
    const next = actions.next(current.state)
    if (next.done === true) return Cause.done()
    return Effect.flatMap(next.value(current.state, interruptible), ({ state, events }) => {
      current.state = state
      if (!Arr.isReadonlyArrayNonEmpty(events)) return advance(interruptible)
      const reported =
        events.length === 1 ? onEvent(events[0]) : Effect.forEach(events, onEvent, { discard: true })
      return Effect.as(reported, events)
    })
  }
  return Effect.uninterruptibleMask(advance)
}

/** The events of a run. Each goes to `onEvent` first, which is never interrupted, and then to the consumer. */
export const stream = <State, O, E, R, E2, R2>(
  open: Effect.Effect<Run<State, O, E, R>, E, R | Scope.Scope>,
  onEvent: OnEvent<O, E2, R2>
): Stream.Stream<Event<O>, E | E2, Exclude<R, Scope.Scope> | R | R2> =>
  // As Stream.unwrap, which would cost a little at each step.
  Stream.fromChannel(
    Channel.fromTransform((_, scope) => Effect.map(Scope.provide(open, scope), (run) => pull(run, onEvent)))
  )
