/** What the process says to people, for whoever keeps that with the run. Nobody speaks unless a program provides it. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A line that stays on the console, without styles. */
export interface ConsoleLine {
  readonly text: string
  /** Said as a warning or an error. */
  readonly warning: boolean
}

/** Calls the listener with each line from now on until the scope closes. */
export type Hear = (listener: (line: ConsoleLine) => void) => Effect.Effect<void, never, Scope.Scope>

export const ConsoleLines = Context.Reference<Hear>("anneal/pipeline/ConsoleLines", {
  defaultValue: () => () => Effect.void
})
