/** Small marked pictures for tests: dark rectangles on light paper, each a region. */
import { Effect } from "effect"
import * as Random from "../../../src/pipeline/nn/Random.ts"
import type { ImageSource, Region, TextImage } from "../../../src/tasks/textDetection/data/TextImage.ts"
import { box } from "./Geometry.ts"

export const paper = 230
export const ink = 40

/** `width` × `height` pixels of paper with ink in each `[left, top, width, height]`. */
export const picture = (
  name: string,
  width: number,
  height: number,
  boxes: ReadonlyArray<readonly [number, number, number, number]>
): TextImage => {
  const rgb = new Uint8Array(width * height * 3).fill(paper)
  for (const [left, top, wide, high] of boxes) {
    for (let y = top; y < top + high; y++)
      rgb.fill(ink, (y * width + left) * 3, (y * width + left + wide) * 3)
  }
  const regions = boxes.map(
    ([left, top, wide, high], i): Region => ({
      id: String(i + 1).padStart(4, "0"),
      polygon: box(left, top, wide, high),
      ignore: false
    })
  )
  return { name, width, height, rgb, regions }
}

/** `size` pictures, each with a few lines of its own. */
export const source = (size: number, width = 96, height = 128): ImageSource => ({
  name: "rectangles",
  size,
  image: (_epoch, index) =>
    Effect.sync(() => {
      const random = Random.make(index, 77)
      const lines = Array.from({ length: 4 }, (_, i) => {
        const wide = 24 + random.int(40)
        return [
          4 + random.int(width - wide - 8),
          6 + i * 30 + random.int(8),
          wide,
          10 + random.int(6)
        ] as const
      })
      return picture(`picture-${index}`, width, height, lines)
    })
})
