/** What a plan would take of the machine's memory, estimated before anything is allocated. */
import { totalmem } from "node:os"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ImageSize } from "../../pipeline/picture/Images.ts"
import type { DataPlan, ModelPlan } from "./DetectionPlan.ts"
import type { Entry } from "./data/FolderCheck.ts"
import * as Transform from "./data/Transform.ts"
import * as Dbnet from "./model/Dbnet.ts"

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(2)} GB`

/** The plan asks for more memory than there is. */
export class MemoryExceeded extends Schema.TaggedError<MemoryExceeded>()("MemoryExceeded", {
  /** The plan's key, such as `data.long_side`. */
  key: Schema.String,
  value: Schema.Finite,
  /** The largest value that fits; below 1 where none does. */
  fits: Schema.Finite,
  /** What is computed at once. */
  what: Schema.String,
  /** Bytes. */
  needed: Schema.Finite,
  /** Bytes that a run may take. */
  limit: Schema.Finite
}) {
  override get message() {
    const { key, value, fits, what, needed, limit } = this
    const cure =
      fits >= 1 ? `At most ${key}=${fits} fits here` : "Nothing of it fits here: use a larger machine"
    return `${key}=${value}: ${what} would take about ${gigabytes(needed)}, and a run may take ${gigabytes(limit)} of this machine. ${cure}`
  }
}

/** Three quarters of the machine's memory, or of what the container that this is in may take of it. */
const available: Effect.Effect<number> = Effect.sync(() => {
  const bound = process.constrainedMemory()
  return 0.75 * (bound > 0 ? Math.min(bound, totalmem()) : totalmem())
})

/** A batch made ahead: its pictures as bytes twice, and its maps. */
const AHEAD = 14

interface Asked {
  readonly key: string
  readonly value: number
  /** `value` is a multiple of this where it is not the one asked for. */
  readonly multiple: number
  readonly bytes: (value: number) => number
  readonly what: string
}

/** The largest multiple that stays within the limit; `bytes` grows with its value. */
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
): Effect.fn.Return<void, MemoryExceeded> {
  const limit = most ?? (yield* available)
  const needed = asked.bytes(asked.value)
  if (needed <= limit) return
  const { key, value, what } = asked
  return yield* new MemoryExceeded({ key, value, what, needed, limit, fits: largest(asked, limit) })
})

export interface Evaluated {
  readonly key: string
  readonly longSide: number
  readonly model: ModelPlan
  readonly multiple: number
  readonly batchSize: number
  readonly prefetch: number
  /** Of the pictures before they are scaled. */
  readonly sizes: ReadonlyArray<ImageSize>
  /** Bytes that a run may take; default three quarters of the machine's. */
  readonly limit?: number
}

/** Refuses a long side at which the largest batch of pictures would not fit. */
export const evaluation = (options: Evaluated): Effect.Effect<void, MemoryExceeded> => {
  const { sizes, batchSize, multiple } = options
  if (sizes.length === 0) return Effect.void
  const batch = Math.min(batchSize, sizes.length)
  const ahead = Math.min(Math.max(2, options.prefetch), Math.ceil(sizes.length / batch) - 1)
  const perPixel = Dbnet.bytesPerPixel(options.model, "evaluate") + AHEAD * ahead
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

/** Refuses a crop that would not fit in a training step. */
export const training = (
  model: ModelPlan,
  data: DataPlan,
  multiple: number,
  limit?: number
): Effect.Effect<void, MemoryExceeded> => {
  const perPixel = Dbnet.bytesPerPixel(model, "train") + AHEAD * Math.max(2, data.prefetch)
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

/** Refuses what would not fit of evaluating the pictures of a data plan. */
export const evaluationOf = (
  model: ModelPlan,
  data: DataPlan,
  multiple: number,
  sizes: ReadonlyArray<ImageSize>
): Effect.Effect<void, MemoryExceeded> =>
  evaluation({
    key: "data.long_side",
    longSide: data.long_side,
    model,
    multiple,
    batchSize: data.val_batch_size,
    prefetch: data.prefetch,
    sizes
  })

/** The largest pictures that a plan draws, or those of a folder. */
export const sizesOf = (plan: DataPlan, entries: ReadonlyArray<Entry>): ReadonlyArray<ImageSize> =>
  plan.kind === "receipts"
    ? entries.map(({ size }) => size)
    : [
        { width: plan.width[1], height: plan.height[0] },
        { width: plan.width[0], height: plan.height[1] }
      ]
