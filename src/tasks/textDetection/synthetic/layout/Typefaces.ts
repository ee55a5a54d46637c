/** Which typefaces have the letters of which scripts, beside those of western Europe, and texts set in them. */
import {
  FAMILIES,
  type Face,
  families,
  OLD_FAMILIES,
  type Script,
  type Typeface
} from "../../../../pipeline/picture/Canvas.ts"
import type { Setting } from "./Sheet.ts"

const ALL = ["latin-ext", "cyrillic", "greek"] as const

/** Absent: only western Europe's. */
export const COVERED: { readonly [F in Typeface]?: ReadonlyArray<Script> } = {
  "Courier Prime": ["latin-ext"],
  "EB Garamond": ALL,
  Inconsolata: ["latin-ext"],
  Inter: ALL,
  "Old Standard TT": ["latin-ext", "cyrillic"],
  "Roboto Condensed": ALL,
  "Roboto Mono": ALL,
  "Source Serif 4": ALL,
  "Special Elite": ["latin-ext"],
  VT323: ["latin-ext"]
}

const ITALIC: ReadonlyArray<Typeface> = [
  "EB Garamond",
  "IM Fell English",
  "Inter",
  "Old Standard TT",
  "Source Serif 4"
]

export const hasItalic = (family: Typeface): boolean => ITALIC.includes(family)

export type Typefaces = readonly [Typeface, ...Array<Typeface>]

const has = (family: Typeface, scripts: ReadonlyArray<Script>): boolean =>
  scripts.every((script) => COVERED[family]?.includes(script) === true)

/** Those of the list that have all the scripts; Source Serif 4, which has every script, if none has. */
export const covering = <F extends Typeface>(
  list: readonly [F, ...Array<F>],
  scripts: ReadonlyArray<Script>
): readonly [F | "Source Serif 4", ...Array<F>] => {
  const [first, ...rest] = list.filter((family) => has(family, scripts))
  return first === undefined ? ["Source Serif 4"] : [first, ...rest]
}

/** Everything that pages in these scripts may be set in. */
export const faces = (scripts: ReadonlyArray<Script>, old: boolean): ReadonlyArray<Face> => {
  const upright = [...FAMILIES, ...(old ? OLD_FAMILIES : [])]
  const all = [
    ...upright.map((family) => ({ family, italic: false })),
    ...(old ? ITALIC.map((family) => ({ family, italic: true })) : [])
  ]
  const isBase = (family: Typeface, italic: boolean) => !italic && FAMILIES.some((base) => base === family)
  return all.flatMap(({ family, italic }) => [
    ...(isBase(family, italic) ? [] : [{ family, italic, script: "latin" } as const]),
    ...scripts.filter((script) => has(family, [script])).map((script) => ({ family, italic, script }))
  ])
}

export interface Form {
  readonly bold?: boolean
  readonly italic?: boolean
}

/** A setting without stretch, at a size in half pixels, since each is rasterised separately. */
export const set = (
  family: Typeface,
  size: number,
  scripts: ReadonlyArray<Script>,
  { bold = false, italic = false }: Form = {}
): Setting => ({
  css: `${italic ? "italic " : ""}${bold ? 700 : 400} ${Math.round(size * 2) / 2}px ${families(family, scripts)}`,
  size,
  stretchX: 1,
  stretchY: 1
})
