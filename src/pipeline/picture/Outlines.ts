/** Outlines drawn on a picture. */
import * as Effect from "effect/Effect"
import { Canvas, type CanvasError, type Context2D } from "./Canvas.ts"
import type { RgbImage } from "./Images.ts"

export interface Group {
  /** Corners in order, each outline closed by itself. */
  readonly outlines: ReadonlyArray<ReadonlyArray<readonly [x: number, y: number]>>
  /** `#rrggbb`. */
  readonly colour: string
  /** Pixels of lines and gaps. Default: no gaps. */
  readonly dashes?: ReadonlyArray<number> | undefined
}

const trace = (context: Context2D, outline: Group["outlines"][number], scale: number): void => {
  context.beginPath()
  for (const [i, [x, y]] of outline.entries()) {
    if (i === 0) context.moveTo(x * scale, y * scale)
    else context.lineTo(x * scale, y * scale)
  }
  context.closePath()
  context.stroke()
}

/** A copy of the picture with lines of `width` pixels; the outlines are in pixels of a picture 1 / `scale` as large. */
export const draw = Effect.fn("Outlines.draw")(function* (
  image: RgbImage,
  groups: ReadonlyArray<Group>,
  { scale = 1, width = 1 }: { readonly scale?: number; readonly width?: number } = {}
): Effect.fn.Return<RgbImage, CanvasError, Canvas> {
  if (groups.every(({ outlines }) => outlines.length === 0)) return image
  const surface = yield* (yield* Canvas).create(image.width, image.height)
  const { context } = surface
  surface.put(image, 0, 0)
  context.lineWidth = width
  for (const { outlines, colour, dashes = [] } of groups) {
    context.strokeStyle = colour
    context.setLineDash([...dashes])
    for (const outline of outlines) trace(context, outline, scale)
  }
  return { width: image.width, height: image.height, rgb: surface.rgb() }
})
