/** The program of `anneal data synth`. */
import * as Effect from "effect/Effect"

export interface Input {
  readonly out: string
  readonly count: number
  readonly seed: number
  readonly overwrite: boolean
}

export const synth = (_input: Input) => Effect.void
