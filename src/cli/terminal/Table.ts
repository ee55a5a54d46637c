/** Columns of text that line up and fit a width. Pure. */
import * as Text from "./Text.ts"

export interface Column {
  readonly title: string
  /** Numbers are aligned to the right. */
  readonly align?: "left" | "right"
  /** Which columns a narrow window leaves out: the highest number first; without a number a column always stays. */
  readonly spare?: number
}

type Cells = ReadonlyArray<Text.Piece>

const gap = "  "

/** Adds white space to the text itself, since its style does not show. */
const padded = ({ text, style }: Text.Piece, width: number, align: "left" | "right"): Text.Piece => {
  const room = " ".repeat(Math.max(0, width - Text.lengthOf(text)))
  return { text: align === "right" ? room + text : text + room, style }
}

/** The indices of the columns that fit `width`. */
const fitting = (
  columns: ReadonlyArray<Column>,
  widths: ReadonlyArray<number>,
  width: number
): ReadonlyArray<number> => {
  let kept = [...columns.keys()]
  const total = () => kept.reduce((sum, i) => sum + (widths[i] ?? 0) + gap.length, -gap.length)
  while (total() > width) {
    const spare = kept.filter((i) => columns[i]?.spare !== undefined)
    const [first, ...others] = spare.toReversed()
    if (first === undefined) break
    const least = others.reduce(
      (found, i) => ((columns[i]?.spare ?? 0) > (columns[found]?.spare ?? 0) ? i : found),
      first
    )
    kept = kept.filter((i) => i !== least)
  }
  return kept
}

/**
 * A header and a line for each row, two spaces between columns. If they are wider than `width`, spare columns are left
 * out, the last of equal ones first; then lines are cut.
 */
export const lines = (
  columns: ReadonlyArray<Column>,
  given: ReadonlyArray<Cells>,
  width: number
): ReadonlyArray<Text.Line> => {
  const rows = given.map((cells) => cells.map(Text.shownPiece))
  const widths = columns.map(({ title }, i) =>
    rows.reduce((most, row) => Math.max(most, Text.lengthOf(row[i]?.text ?? "")), Text.lengthOf(title))
  )
  const kept = fitting(columns, widths, width)
  const lineOf = (cells: Cells): Text.Line =>
    Text.trimmed(
      Text.fit(
        kept.flatMap((i, at) => [
          ...(at === 0 ? [] : [Text.plain(gap)]),
          padded(cells[i] ?? Text.plain(""), widths[i] ?? 0, columns[i]?.align ?? "left")
        ]),
        width
      )
    )
  return [lineOf(columns.map(({ title }) => Text.dim(title))), ...rows.map(lineOf)]
}
