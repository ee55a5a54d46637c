/** The look of one receipt: typefaces, sizes, spacing. */

import type { Random } from "../../../../pipeline/nn/Random.ts"
import { type Family, families, type Script } from "../../../../pipeline/picture/Canvas.ts"
import type { Setting } from "./Sheet.ts"
import * as Typefaces from "./Typefaces.ts"

export interface Style {
  readonly body: Family
  readonly title: Family
  /** Font size of the body, pixels. */
  readonly size: number
  readonly weight: 400 | 700
  /** Horizontal stretch of letters; few values, since each is rasterised separately. */
  readonly stretch: number
  /** Line pitch divided by font size. */
  readonly leading: number
  /** Margin at each side, pixels. */
  readonly margin: number
  readonly upperCase: boolean
  /** That the fonts must have. */
  readonly scripts: ReadonlyArray<Script>
}

type Families = readonly [Family, ...Array<Family>]

/** Repeated names are more frequent; till printers use fixed pitch. */
const BODIES: Families = [
  ...(["Inconsolata", "Inconsolata", "Roboto Mono", "Roboto Mono", "Courier Prime"] as const),
  ...(["VT323", "VT323", "Roboto Condensed", "Inter", "Source Serif 4"] as const)
]
const TITLES: Families = ["Inter", "Roboto Condensed", "Source Serif 4", "Roboto Mono"]

/** Letters of VT323 are smaller for their size than those of the others. */
const GROWN: { readonly [F in Family]?: number } = { VT323: 1.25 }

export const make = (
  random: Random,
  width: number,
  size: number,
  scripts: ReadonlyArray<Script> = []
): Style => {
  const body = random.pick(Typefaces.covering(BODIES, scripts))
  return {
    body,
    title: random.chance(0.6) ? body : random.pick(Typefaces.covering(TITLES, scripts)),
    size,
    weight: random.chance(0.2) ? 700 : 400,
    stretch: 0.8 + 0.05 * random.int(8),
    leading: random.between(1.05, 1.6),
    margin: width * random.between(0.03, 0.1),
    upperCase: random.chance(0.5),
    scripts
  }
}

export interface Emphasis {
  readonly scale: number
  readonly bold: boolean
  readonly display: boolean
}

/** `tall` doubles only the height of letters, as printers do. */
export const setting = (look: Style, { scale, bold, display }: Emphasis, tall: boolean): Setting => {
  const family = display ? look.title : look.body
  const size = look.size * (tall ? 1 : scale) * (GROWN[family] ?? 1)
  return {
    css: `${bold ? 700 : look.weight} ${Math.round(size * 2) / 2}px ${families(family, look.scripts)}`,
    size,
    stretchX: look.stretch,
    stretchY: tall ? scale : 1
  }
}
