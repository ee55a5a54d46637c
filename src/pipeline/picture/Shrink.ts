/** Shrinks a picture by a whole factor, for people to look at. */
import type { RgbImage } from "./Images.ts"

/** The factor by which the longer side becomes at most `most` pixels. */
export const factorFor = ({ width, height }: Pick<RgbImage, "width" | "height">, most: number): number =>
  Math.max(1, Math.ceil(Math.max(width, height) / most))

/** Each pixel is the mean of `factor` × `factor` pixels; a remainder at the right and bottom is cut off. */
export const by = (image: RgbImage, factor: number): RgbImage => {
  if (factor === 1) return image
  const width = Math.max(1, Math.floor(image.width / factor))
  const height = Math.max(1, Math.floor(image.height / factor))
  const rgb = new Uint8Array(width * height * 3)
  for (let i = 0; i < rgb.length; i++) {
    const [channel, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)]
    let sum = 0
    let count = 0
    for (let dy = 0; dy < factor && y * factor + dy < image.height; dy++) {
      for (let dx = 0; dx < factor && x * factor + dx < image.width; dx++) {
        sum += image.rgb[((y * factor + dy) * image.width + x * factor + dx) * 3 + channel] ?? 0
        count++
      }
    }
    rgb[i] = Math.round(sum / count)
  }
  return { width, height, rgb }
}
