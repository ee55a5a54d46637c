/** Estimates the memory that a plan takes, before anything is allocated. */
import { totalmem } from "node:os"
import * as Effect from "effect/Effect"
import { PlanRefused } from "../../pipeline/module/TaskModule.ts"
import type { ImageSize } from "../../pipeline/picture/Images.ts"
import type { DataPlan, ModelPlan } from "./DetectionPlan.ts"
import type { Entry } from "./data/FolderCheck.ts"
import * as Transform from "./data/Transform.ts"
import * as DbnetOptions from "./model/DbnetOptions.ts"

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(2)} GB`

/** Three quarters of the machine's memory, or of what the container that this is in may take of it. */
const available: Effect.Effect<number> = Effect.sync(() => {
  const bound = process.constrainedMemory()
  return 0.75 * (bound > 0 ? Math.min(bound, totalmem()) : totalmem())
})

/** Bytes for each pixel of a batch that is made ahead: its pictures twice, and its maps. */
const AHEAD = 14

interface Asked {
  readonly key: string
  readonly value: number
  /** The suggested value is a multiple of this. */
  readonly multiple: number
  readonly bytes: (value: number) => number
  readonly what: string
}

/** The largest multiple within the limit; `bytes` grows with the value. */
const largest = ({ value, multiple, bytes }: Asked, limit: number): number => {
  let low = 0
  let high = Math.floor(value / multiple)
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (bytes(middle * multiple) <= limit) low = middle
    else high = middle - 1
  }
  return low * multiple
}

const check = Effect.fnUntraced(function* (
  asked: Asked,
  most: number | undefined
): Effect.fn.Return<void, PlanRefused> {
  const limit = most ?? (yield* available)
  const needed = asked.bytes(asked.value)
  if (needed <= limit) return
  const { key, value, what } = asked
  const fits = largest(asked, limit)
  return yield* new PlanRefused({
    key,
    value: String(value),
    problem: `${what} would take about ${gigabytes(needed)}, and a run may take ${gigabytes(limit)} of this machine`,
    cure: fits >= 1 ? `At most ${key}=${fits} fits here` : "Nothing of it fits here: use a larger machine"
  })
})

export interface Evaluated {
  readonly key: string
  readonly longSide: number
  readonly model: ModelPlan
  readonly multiple: number
  readonly batchSize: number
  readonly prefetch: number
  /** Sizes of the pictures before they are scaled. */
  readonly sizes: ReadonlyArray<ImageSize>
  /** Bytes that a run may take; default three quarters of the machine's. */
  readonly limit?: number
}

/** Refuses a long side at which the largest batch of pictures would not fit. */
export const evaluation = (options: Evaluated): Effect.Effect<void, PlanRefused> => {
  const { sizes, batchSize, multiple } = options
  if (sizes.length === 0) return Effect.void
  const batch = Math.min(batchSize, sizes.length)
  const ahead = Math.min(Math.max(2, options.prefetch), Math.ceil(sizes.length / batch) - 1)
  const perPixel = DbnetOptions.bytesPerPixel(options.model, "evaluate") + AHEAD * ahead
  const inputAt = (longSide: number) => {
    const inputs = sizes.map((size) => Transform.inputSize(size, longSide, multiple))
    // A batch pads its pictures to the largest.
    return {
      width: inputs.reduce((most, { width }) => Math.max(most, width), 0),
      height: inputs.reduce((most, { height }) => Math.max(most, height), 0)
    }
  }
  const { width, height } = inputAt(options.longSide)
  return check(
    {
      key: options.key,
      value: options.longSide,
      multiple,
      what: `${batch === 1 ? "a picture" : `${batch} pictures`} of ${width} x ${height} pixels`,
      bytes: (longSide) => {
        const input = inputAt(longSide)
        return input.width * input.height * batch * perPixel
      }
    },
    options.limit
  )
}

/** Refuses a crop with which a training step does not fit. */
export const training = (
  model: ModelPlan,
  data: DataPlan,
  multiple: number,
  limit?: number
): Effect.Effect<void, PlanRefused> => {
  const perPixel = DbnetOptions.bytesPerPixel(model, "train") + AHEAD * Math.max(2, data.prefetch)
  const { crop } = data.augment
  return check(
    {
      key: "data.augment.crop",
      value: crop,
      multiple,
      what: `a step of ${data.batch_size} crops of ${crop} x ${crop} pixels`,
      bytes: (side) => side * side * data.batch_size * perPixel
    },
    limit
  )
}

/** Refuses a data plan whose evaluation does not fit. */
export const evaluationOf = (
  model: ModelPlan,
  data: DataPlan,
  multiple: number,
  sizes: ReadonlyArray<ImageSize>
): Effect.Effect<void, PlanRefused> =>
  evaluation({
    key: "data.long_side",
    longSide: data.long_side,
    model,
    multiple,
    batchSize: data.val_batch_size,
    prefetch: data.prefetch,
    sizes
  })

/** Sizes of the pictures of a folder, or of the largest that a plan draws. */
export const sizesOf = (plan: DataPlan, entries: ReadonlyArray<Entry>): ReadonlyArray<ImageSize> =>
  plan.kind === "receipts"
    ? entries.map(({ size }) => size)
    : [
        { width: plan.width[1], height: plan.height[0] },
        { width: plan.width[0], height: plan.height[1] }
      ]
