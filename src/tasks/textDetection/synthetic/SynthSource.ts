/** Pictures drawn on demand: every epoch has new ones, and the same key gives the same pixels. */
import * as Effect from "effect/Effect"
import * as Random from "../../../pipeline/nn/Random.ts"
import { Canvas, type CanvasError } from "../../../pipeline/picture/Canvas.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import type { ImageSource } from "../data/TextImage.ts"
import * as Picture from "./Picture.ts"
import type { Drawn } from "./Scene.ts"

export interface Options extends Partial<Picture.Options> {
  /** Pictures in one epoch. */
  readonly size: number
  readonly seed: number
  /** The same pictures in every epoch, for validation; default false. */
  readonly fixed?: boolean
}

export const DEFAULTS: Picture.Options = { width: [288, 384], height: [320, 640], textHeight: [12, 20] }

/** Sizes for a folder: pages need more room than receipts. */
export const usual = (document: Picture.Options["document"] = "receipt"): Picture.Options =>
  document === "receipt" ? DEFAULTS : { width: [560, 720], height: [720, 960], textHeight: [12, 18] }

const undrawn = ({ problem, cure }: CanvasError) =>
  new DataError({ where: "synthetic pictures", problem, cure })

/**
 * Loads the fonts that pictures need beside the usual ones. Threads share them: they are to be there before the first
 * thread draws.
 */
export const prepare = (
  options: Pick<Picture.Options, "document" | "languages">
): Effect.Effect<void, DataError, Canvas> => Effect.mapError(Picture.prepare(options), undrawn)

/** Sources with different names have different pictures for the same seed. */
export const drawer = Effect.fnUntraced(function* (name: string, options: Options) {
  const canvas = yield* Canvas
  const picture = { ...DEFAULTS, ...options }
  const prepared = yield* Effect.cached(Picture.prepare(picture).pipe(Effect.provideService(Canvas, canvas)))
  return (epoch: number, index: number): Effect.Effect<Drawn, DataError> => {
    const keyed = options.fixed === true ? 0 : epoch
    const random = Random.make(options.seed, Random.keyOf(name), keyed, index)
    const file = `${name}_${String(keyed).padStart(3, "0")}_${String(index).padStart(5, "0")}`
    return Effect.andThen(prepared, Picture.make(random, file, picture)).pipe(
      Effect.provideService(Canvas, canvas),
      Effect.mapError(undrawn)
    )
  }
})

/** The pictures of a drawer, for training. */
export const make = Effect.fnUntraced(function* (
  name: string,
  options: Options
): Effect.fn.Return<ImageSource, never, Canvas> {
  const draw = yield* drawer(name, options)
  return {
    name,
    size: options.size,
    image: (epoch, index) => Effect.map(draw(epoch, index), ({ image }) => image)
  }
})
