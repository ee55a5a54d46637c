/** What the programs of the commands with a configuration give back. */
import type * as Effect from "effect/Effect"
import type * as Run from "../config/sweep/Run.ts"
import type { Input } from "./programs/config/Composition.ts"

/** What a run tells the table of a sweep. */
export interface Outcome {
  readonly directory: string
  readonly metrics: { readonly [name: string]: number }
}

export type Program<E, R> = (started: Run.Started, input: Input) => Effect.Effect<Outcome, E, R>
