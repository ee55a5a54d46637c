/** Where a person watches a run: told every event and the occasional sentence. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Event } from "../train/Event.ts"

export class Progress extends Context.Service<
  Progress,
  {
    readonly watch: (event: Event) => Effect.Effect<void>
    /** A line that stays, e.g. the engine that was chosen. */
    readonly note: (line: string) => Effect.Effect<void>
    /** A line that stays and that somebody should act on. */
    readonly warn: (line: string) => Effect.Effect<void>
  }
>()("anneal/pipeline/Progress") {
  /** Tells nobody. */
  static readonly silent = Layer.succeed(Progress, {
    watch: () => Effect.void,
    note: () => Effect.void,
    warn: () => Effect.void
  })
}
