/** Printed paper before it is photographed: the place of each text and mark, and the box around its ink. */
import type { Context2D } from "../../../../pipeline/picture/Canvas.ts"

/** Left, top, right, bottom; pixels of the paper. */
export type Box = readonly [number, number, number, number]

/** How a text is set. */
export interface Setting {
  readonly css: string
  /** Pixels, before stretching. */
  readonly size: number
  readonly stretchX: number
  readonly stretchY: number
}

export interface Text {
  readonly text: string
  /** Left end and baseline. */
  readonly x: number
  readonly y: number
  readonly setting: Setting
  /** The region; absent for separators, which are not annotated. */
  readonly box?: Box
  /** Texts of the same number are one line of words; a text without is a line of its own. */
  readonly line?: number
  /** Radians clockwise about (x, y); default 0. */
  readonly turn?: number
  /** 0 black, the default, to 1 white. */
  readonly tone?: number
  /** Not to be learnt, such as the word of a stamp. */
  readonly ignore?: boolean
}

export interface Mark {
  readonly _tag:
    | "line"
    | "dashes"
    | "dots"
    | "bars"
    | "emblem"
    | "frame"
    | "panel"
    | "matrix"
    | "signature"
    | "engraving"
    | "ring"
  readonly box: Box
  /** 0 black, the default, to 1 white. */
  readonly tone?: number
  /** Radians clockwise about its middle; rings only, default 0. */
  readonly turn?: number
}

export interface Sheet {
  readonly width: number
  readonly height: number
  readonly texts: ReadonlyArray<Text>
  readonly marks: ReadonlyArray<Mark>
}

/** The stretched extent of a text that starts at 0 on the baseline 0. */
export interface Measured {
  readonly text: string
  readonly width: number
  readonly ink: Box
}

export const measure = (context: Context2D, text: string, set: Setting): Measured => {
  context.font = set.css
  const metrics = context.measureText(text)
  return {
    text,
    width: metrics.width * set.stretchX,
    ink: [
      -metrics.actualBoundingBoxLeft * set.stretchX,
      -metrics.actualBoundingBoxAscent * set.stretchY,
      metrics.actualBoundingBoxRight * set.stretchX,
      metrics.actualBoundingBoxDescent * set.stretchY
    ]
  }
}

/** What an annotator would draw: the ink, at least half the font size high, with a little paper around it. */
export const boxAround = (
  { ink: [left, top, right, bottom] }: Measured,
  x: number,
  y: number,
  set: Setting
): Box => {
  const pad = set.size * 0.07
  return [
    x + left - pad,
    y + Math.min(top, -0.5 * set.size * set.stretchY) - pad,
    x + right + pad,
    y + Math.max(bottom, 0) + pad
  ]
}
