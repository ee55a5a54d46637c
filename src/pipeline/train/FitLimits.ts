/** How long a fit goes on, how much data it sees, and how often it does what. */
import type { Limit } from "./Limit.ts"

export interface FitLimits {
  /** Epochs, counted from 1; absent means no limit. */
  readonly maxEpochs?: number | undefined
  /** Epochs and steps before a stop rule or `maxTime` ends training. */
  readonly minEpochs?: number | undefined
  readonly minSteps?: number | undefined
  /** Optimizer steps, counted from 1; absent means no limit. */
  readonly maxSteps?: number | undefined
  /** Seconds of training, resumes included, after which it stops at the next step. */
  readonly maxTime?: number | undefined
  /** A number of batches or `{ fraction }` of them; absent means all. */
  readonly limitTrainBatches?: Limit | undefined
  readonly limitValBatches?: Limit | undefined
  /** Trains on this part of the first epoch over and over, and validates on as much; absent or 0 does not. */
  readonly overfitBatches?: Limit | undefined
  /** One short epoch through the whole program with this many batches, which saves nothing; absent or 0 does not. */
  readonly fastDevRun?: number | undefined
  /** Validation batches before the first step, whose metrics go nowhere; 0 for none. */
  readonly numSanityValSteps: number | "all"
  /** Batches between validations, or `{ fraction }` of the epoch; absent means at its end. */
  readonly valCheckInterval?: Limit | undefined
  /** Epochs between validations, 1 validates after each; undefined counts `valCheckInterval` across epochs. */
  readonly checkValEveryNEpoch: number | undefined
  /** Micro-batches to an optimizer step, at least 1; the loss is divided by it. */
  readonly accumulateGradBatches: number
  /** Micro-batches to an optimizer step from each epoch on, counted from 0; absent leaves the number above. */
  readonly accumulationSchedule?: ReadonlyMap<number, number> | undefined
}
