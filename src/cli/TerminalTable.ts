/** Columns of text that line up. Pure. */
import * as Text from "./TerminalText.ts"

export interface Column {
  readonly title: string
  /** Numbers stand to the right. */
  readonly align?: "left" | "right"
}

const padded = (piece: Text.Piece, width: number, align: "left" | "right"): Text.Line => {
  const room = Text.plain(" ".repeat(Math.max(0, width - [...piece.text].length)))
  return align === "right" ? [room, piece] : [piece, room]
}

/** A header and a line a row, two spaces between columns, each cut to `width` characters. */
export const lines = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<Text.Piece>>,
  width: number
): ReadonlyArray<Text.Line> => {
  const widths = columns.map(({ title }, i) =>
    rows.reduce((most, row) => Math.max(most, [...(row[i]?.text ?? "")].length), title.length)
  )
  const lineOf = (cells: ReadonlyArray<Text.Piece>): Text.Line =>
    Text.fit(
      columns.flatMap(({ align = "left" }, i) => [
        ...(i === 0 ? [] : [Text.plain("  ")]),
        ...padded(cells[i] ?? Text.plain(""), widths[i] ?? 0, align)
      ]),
      width
    )
  return [lineOf(columns.map(({ title }) => Text.dim(title))), ...rows.map(lineOf)]
}
