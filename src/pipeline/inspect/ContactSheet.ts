/** Some pictures of a data set on one sheet, with what is marked on them. */
import * as Effect from "effect/Effect"
import type { Canvas, CanvasError } from "../picture/Canvas.ts"
import * as ImageGrid from "../picture/ImageGrid.ts"
import type { ImageCodec, RgbImage } from "../picture/Images.ts"
import * as Outlines from "../picture/Outlines.ts"
import { COLOURS } from "../picture/Style.ts"
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

const cell = Effect.fnUntraced(function* (seen: Survey.Seen) {
  const image = yield* Survey.read(seen, SIDE)
  return {
    image: yield* Outlines.draw(image, [{ outlines: seen.outlines ?? [], colour: COLOURS[0] }], {
      scale: image.width / seen.width
    }),
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
