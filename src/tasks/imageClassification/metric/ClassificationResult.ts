/** What evaluation makes of pictures: the outputs of the task. */
import type { Pixels } from "../data/Pixels.ts"

/** What the net made of one picture. */
export interface SampleResult {
  readonly name: string
  /** The true class, counted from 0; -1 where nobody knows. */
  readonly label: number
  /** Of each class, in [0, 1]; they add up to 1. */
  readonly probabilities: Float32Array
  /** The class with the highest; -1 where a probability is not a number. */
  readonly predicted: number
  /** What the net saw. */
  readonly picture: Pixels
}

export interface ClassificationResult {
  /** Names of the classes in the order of the probabilities. */
  readonly classes: ReadonlyArray<string>
  readonly samples: ReadonlyArray<SampleResult>
}
