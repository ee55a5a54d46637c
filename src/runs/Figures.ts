/** The pictures of a run: kept from events while it runs, drawn when it ends. */
import * as Effect from "effect/Effect"
import type { Event } from "../pipeline/Event.ts"

export interface Figures {
  readonly watch: (event: Event) => Effect.Effect<void>
  /** Draws into the run directory and tells the files' paths. */
  readonly draw: Effect.Effect<ReadonlyArray<string>>
}

export const make = (_images: number): Effect.Effect<Figures> =>
  Effect.succeed({ watch: () => Effect.void, draw: Effect.succeed([]) })
