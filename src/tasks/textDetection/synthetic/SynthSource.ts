/** Receipts rendered on demand: every epoch has new ones, and the same key gives the same pixels. */
import * as Effect from "effect/Effect"
import * as Random from "../../../pipeline/nn/Random.ts"
import { Canvas } from "../../../pipeline/picture/Canvas.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import type { ImageSource } from "../data/TextImage.ts"
import * as Receipt from "./Receipt.ts"

export interface Options extends Partial<Receipt.Options> {
  /** Receipts in one epoch. */
  readonly size: number
  readonly seed: number
  /** The same receipts in every epoch, for validation; default false. */
  readonly fixed?: boolean
}

export const DEFAULTS: Receipt.Options = { width: [288, 384], height: [320, 640], textHeight: [12, 20] }

/** Sources with different names have different receipts for the same seed. */
export const make = Effect.fnUntraced(function* (
  name: string,
  options: Options
): Effect.fn.Return<ImageSource, never, Canvas> {
  const canvas = yield* Canvas
  const receipt = { ...DEFAULTS, ...options }
  return {
    name,
    size: options.size,
    image: (epoch, index) => {
      const keyed = options.fixed === true ? 0 : epoch
      const random = Random.make(options.seed, Random.keyOf(name), keyed, index)
      const file = `${name}_${String(keyed).padStart(3, "0")}_${String(index).padStart(5, "0")}`
      return Receipt.make(random, file, receipt).pipe(
        Effect.provideService(Canvas, canvas),
        Effect.mapError(
          (error) => new DataError({ where: "synthetic receipts", problem: error.problem, cure: error.cure })
        )
      )
    }
  }
})
