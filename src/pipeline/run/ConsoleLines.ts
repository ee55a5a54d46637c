/** The lines that the process prints for people, for loggers that keep them with the run. By default there are none. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A line that stays on the console, without styles. */
export interface ConsoleLine {
  readonly text: string
  /** Whether the line is a warning or an error. */
  readonly warning: boolean
}

/** Calls `listener` with each line printed from now on, until the scope closes. */
export type Subscribe = (listener: (line: ConsoleLine) => void) => Effect.Effect<void, never, Scope.Scope>

export const ConsoleLines = Context.Reference<Subscribe>("anneal/pipeline/ConsoleLines", {
  defaultValue: () => () => Effect.void
})
