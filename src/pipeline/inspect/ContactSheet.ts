/** Some pictures of a data set on one sheet, with what is marked on them. */
import * as Effect from "effect/Effect"
import { Canvas, type CanvasError } from "../picture/Canvas.ts"
import * as ImageGrid from "../picture/ImageGrid.ts"
import type { ImageCodec, RgbImage } from "../picture/Images.ts"
import { COLOURS } from "../picture/Style.ts"
import type { Outline } from "./Subject.ts"
import * as Survey from "./Survey.ts"

/** Pictures on a sheet, and in a row. */
const PICTURES = 40
const COLUMNS = 8

/** Long side of a picture on the sheet, pixels. */
export const SIDE = 200

/** So many of all, evenly spaced in the order of the data: first and last are among them. */
export const chosen = <A>(all: ReadonlyArray<A>, count = PICTURES): ReadonlyArray<A> => {
  if (all.length <= count) return all
  return Array.from(
    { length: count },
    (_, i) => all[Math.round((i * (all.length - 1)) / (count - 1))]
  ).flatMap((one) => one ?? [])
}

/** The picture with its outlines, which are in pixels of the whole picture `scale` times as large. */
const marked = Effect.fnUntraced(function* (
  image: RgbImage,
  outlines: ReadonlyArray<Outline>,
  scale: number
): Effect.fn.Return<RgbImage, CanvasError, Canvas> {
  if (outlines.length === 0) return image
  const surface = yield* (yield* Canvas).create(image.width, image.height)
  const { context } = surface
  surface.put(image, 0, 0)
  context.strokeStyle = COLOURS[0]
  context.lineWidth = 1
  for (const outline of outlines) {
    context.beginPath()
    for (const [i, [x, y]] of outline.entries()) {
      if (i === 0) context.moveTo(x * scale, y * scale)
      else context.lineTo(x * scale, y * scale)
    }
    context.closePath()
    context.stroke()
  }
  return { width: image.width, height: image.height, rgb: surface.rgb() }
})

const cell = Effect.fnUntraced(function* (seen: Survey.Seen) {
  const image = yield* Survey.read(seen, SIDE)
  return {
    image: yield* marked(image, seen.outlines ?? [], image.width / seen.width),
    caption: [seen.name, seen.part, seen.caption ?? ""].join(" ")
  }
})

/** Draws the sheet; a picture that can no longer be read is left out. */
export const draw = Effect.fn("ContactSheet.draw")(function* ({
  where,
  seen
}: Survey.Report): Effect.fn.Return<RgbImage, CanvasError, Canvas | ImageCodec> {
  const some = chosen(seen)
  const cells = yield* Effect.forEach(some, (one) =>
    cell(one).pipe(
      Effect.map((made) => [made]),
      Effect.catchTags({ ImageError: () => Effect.succeed([]), DataError: () => Effect.succeed([]) })
    )
  )
  return yield* ImageGrid.draw({
    title: where,
    subtitle: `${some.length} of ${seen.length} pictures, evenly spaced`,
    cells: cells.flat(),
    columns: Math.min(COLUMNS, Math.max(1, some.length)),
    side: SIDE
  })
})
