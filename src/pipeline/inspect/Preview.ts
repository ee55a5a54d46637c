/** What training sees of a data set: some samples after their transforms, with their labels, on one sheet. */
import * as Effect from "effect/Effect"
import type { Canvas, CanvasError } from "../picture/Canvas.ts"
import * as ImageGrid from "../picture/ImageGrid.ts"
import type { RgbImage } from "../picture/Images.ts"
import * as Outlines from "../picture/Outlines.ts"
import { COLOURS, counted } from "../picture/Style.ts"
import type { Outline } from "./Subject.ts"

/** What is asked for. */
export interface Asked {
  readonly seed: number
  readonly epoch: number
  /** Samples at most, in the order of the epoch. */
  readonly count: number
}

/** A sample as the net is given it. */
export interface Previewed {
  readonly name: string
  readonly image: RgbImage
  /** Below its picture, such as its class. */
  readonly caption?: string | undefined
  /** Drawn on it, in its pixels. */
  readonly outlines?: ReadonlyArray<Outline> | undefined
  /** Those that count neither for nor against the net: dashed, in another colour. */
  readonly ignored?: ReadonlyArray<Outline> | undefined
}

/** Long side of a sample on the sheet, pixels, and samples in a row. */
const SIDE = 280
const COLUMNS = 4
/** Samples are shown larger, so that the lines on them are thin. */
const LARGER = 2

const [REGION, IGNORED] = [COLOURS[0], COLOURS[4]]

/** Twice as large, each pixel four. */
const larger = ({ width, height, rgb }: RgbImage): RgbImage => {
  const wide = width * LARGER
  const large = new Uint8Array(wide * height * LARGER * 3)
  for (let i = 0; i < large.length; i += 3) {
    const [x, y] = [(i / 3) % wide, Math.floor(i / 3 / wide)]
    const from = (Math.floor(y / LARGER) * width + Math.floor(x / LARGER)) * 3
    large.set(rgb.subarray(from, from + 3), i)
  }
  return { width: wide, height: height * LARGER, rgb: large }
}

const cell = Effect.fnUntraced(function* ({ name, caption, image, outlines = [], ignored = [] }: Previewed) {
  const marked = [
    { outlines: ignored, colour: IGNORED, dashes: [6, 4] },
    { outlines, colour: REGION }
  ]
  const shown =
    outlines.length + ignored.length === 0
      ? image
      : yield* Outlines.draw(larger(image), marked, { scale: LARGER, width: 2 })
  return { image: shown, caption: caption === undefined ? name : `${name}: ${caption}` }
})

/** Draws the sheet. */
export const draw = Effect.fn("Preview.draw")(function* (
  samples: ReadonlyArray<Previewed>,
  { seed, epoch }: Asked
): Effect.fn.Return<RgbImage, CanvasError, Canvas> {
  const columns = Math.max(1, Math.min(COLUMNS, samples.length))
  return yield* ImageGrid.draw({
    title: `${counted(samples.length, "sample")} as training sees them`,
    subtitle: `epoch ${epoch} with seed ${seed}`,
    cells: yield* Effect.forEach(samples, cell),
    columns,
    side: SIDE
  })
})
