/** A picture of one channel or three, as classification keeps it. */
import type { RgbImage } from "../../../pipeline/picture/Images.ts"

export interface Pixels {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  /** Row-major, a byte for each channel of a pixel. */
  readonly data: Uint8Array
}

/** Of a decoded picture; grey values are Rec. 601's luma. */
export const ofRgb = ({ width, height, rgb }: RgbImage, channels: 1 | 3): Pixels => ({
  width,
  height,
  channels,
  data:
    channels === 3
      ? rgb
      : Uint8Array.from({ length: width * height }, (_, i) =>
          Math.round(
            0.299 * (rgb[3 * i] ?? 0) + 0.587 * (rgb[3 * i + 1] ?? 0) + 0.114 * (rgb[3 * i + 2] ?? 0)
          )
        )
})

/** For a canvas: grey in all three channels. */
export const toRgb = ({ width, height, channels, data }: Pixels): RgbImage => ({
  width,
  height,
  rgb:
    channels === 3
      ? data
      : Uint8Array.from({ length: 3 * data.length }, (_, i) => data[Math.floor(i / 3)] ?? 0)
})
