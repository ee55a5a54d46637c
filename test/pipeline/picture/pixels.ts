/** What a figure has at a place, for tests. */
import type { RgbImage } from "../../../src/pipeline/picture/Images.ts"

/** `#rrggbb`. */
export const at = ({ width, rgb }: RgbImage, x: number, y: number): string =>
  `#${[0, 1, 2].map((channel) => (rgb[(y * width + x) * 3 + channel] ?? 0).toString(16).padStart(2, "0")).join("")}`

/** A rectangle about all pixels of a colour that `fits`, with their number. */
export const area = (image: RgbImage, fits: (red: number, green: number, blue: number) => boolean) => {
  const found = { left: image.width, right: -1, top: image.height, bottom: -1, count: 0 }
  for (let i = 0; i < image.width * image.height; i++) {
    const [red = 0, green = 0, blue = 0] = image.rgb.subarray(3 * i, 3 * i + 3)
    if (!fits(red, green, blue)) continue
    const [x, y] = [i % image.width, Math.floor(i / image.width)]
    found.left = Math.min(found.left, x)
    found.right = Math.max(found.right, x)
    found.top = Math.min(found.top, y)
    found.bottom = Math.max(found.bottom, y)
    found.count++
  }
  return found
}

/** #2563eb, the first of our colours, and what is painted thinly with it. */
export const blue = (red: number, green: number, blue: number) => blue > 200 && red < 130 && green < 170
