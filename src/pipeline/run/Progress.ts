/** Shows a run to a person: its events, and sentences now and then. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Event } from "../train/Event.ts"

export class Progress extends Context.Service<
  Progress,
  {
    /** Shows an event. */
    readonly watch: (event: Event) => Effect.Effect<void>
    /** Prints a line that stays, such as the engine that was chosen. */
    readonly note: (line: string) => Effect.Effect<void>
    /** Prints a line that stays and calls for action. */
    readonly warn: (line: string) => Effect.Effect<void>
  }
>()("anneal/pipeline/Progress") {
  /** Shows nothing. */
  static readonly silent = Layer.succeed(Progress, {
    watch: () => Effect.void,
    note: () => Effect.void,
    warn: () => Effect.void
  })
}
