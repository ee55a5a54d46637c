/**
 * Annotations and predictions as text: the JSON layout, minified or with one word per line, and the competition's
 * CSV.
 */
import type { Annotations, Image, Word } from "./Annotations.ts"

export interface EncodeOptions {
  /** A single line; otherwise one line per word, so that a line number identifies it. Default false. */
  readonly minified?: boolean
  /** Writes `confidence` if a word has one. Default false. */
  readonly includeConfidence?: boolean
  /** Decimals of coordinates, 0 to 3, or as many as they have; default 1. */
  readonly decimals?: number | "all"
}

const rounded = (value: number, decimals: number | "all"): number => {
  if (decimals === "all") return value
  const unit = 10 ** decimals
  // Adding 0 turns -0 into 0.
  return Math.round(value * unit) / unit + 0
}

const word = (one: Word, options: EncodeOptions) => ({
  points: one.points.map(([x, y]) => [rounded(x, options.decimals ?? 1), rounded(y, options.decimals ?? 1)]),
  ...(typeof one.transcription === "string" ? { transcription: one.transcription } : {}),
  ...(typeof one.illegibility === "boolean" ? { illegibility: one.illegibility } : {}),
  ...(options.includeConfidence === true && typeof one.confidence === "number"
    ? { confidence: rounded(one.confidence, 4) }
    : {})
})

const image = (name: string, one: Image, options: EncodeOptions): string => {
  const [line, indent] = options.minified === true ? ["", ""] : ["\n", "  "]
  const space = options.minified === true ? "" : " "
  const size = (["img_w", "img_h"] as const).flatMap((key) =>
    one[key] === undefined ? [] : [`"${key}":${space}${one[key]},${space}`]
  )
  const words = Object.entries(one.words ?? {}).map(
    ([id, each]) =>
      `${line}${indent}${indent}${JSON.stringify(id)}:${space}${JSON.stringify(word(each, options))}`
  )
  const open = `${line}${indent}${JSON.stringify(name)}:${space}{${size.join("")}"words":${space}{`
  return `${open}${words.join(",")}${words.length > 0 ? `${line}${indent}` : ""}}}`
}

/** The layout as JSON, ending in a line feed. */
export const encode = (annotations: Annotations, options: EncodeOptions = {}): string => {
  const images = Object.entries(annotations.images).map(([name, one]) => image(name, one, options))
  const [space, line] = options.minified === true ? ["", ""] : [" ", "\n"]
  return `{"images":${space}{${images.join(",")}${images.length > 0 ? line : ""}}}\n`
}

/**
 * RFC 4180: quoted only if the text would break the table. A text that a spreadsheet would read as a formula, which
 * starts with `=`, `+`, `-`, `@`, a tab or a line break, gets an apostrophe in front, which spreadsheets do not show.
 */
export const cell = (text: string): string => {
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/**
 * The competition's table: a header, then one line per image with coordinates in whole pixels, `x y x y …`, and `|`
 * between polygons.
 */
export const csv = (annotations: Annotations): string =>
  [
    "filename,polygons",
    ...Object.entries(annotations.images).map(([name, one]) => {
      const polygons = Object.values(one.words ?? {}).map(({ points }) =>
        points.flatMap(([x, y]) => [rounded(x, 0), rounded(y, 0)]).join(" ")
      )
      return `${cell(name)},${polygons.join("|")}`
    })
  ]
    .map((row) => `${row}\n`)
    .join("")
