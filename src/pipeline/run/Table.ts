/** Tables as lines of text, for notes and logs. */

export type Alignment = "left" | "right"

const padded = (text: string, width: number, alignment: Alignment): string =>
  alignment === "left" ? text.padEnd(width) : text.padStart(width)

/** The text in `width` columns, without its beginning if it is longer: the end of a name tells more. */
const cut = (text: string, width: number): string =>
  text.length <= width ? text : `…${text.slice(text.length - width + 1)}`

const GAP = "  "

/** What is left for the first column, at least a few letters. */
const firstWidth = (widths: ReadonlyArray<number>, widest: number): number => {
  const others = widths.slice(1).reduce((sum, width) => sum + width + GAP.length, 0)
  return Math.min(widths[0] ?? 0, Math.max(8, widest - others))
}

/**
 * A head, a rule and the rows, each column as wide as its longest cell. The first is cut if lines would be longer than
 * `widest` columns.
 */
export const lines = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  alignments: ReadonlyArray<Alignment>,
  widest = Number.POSITIVE_INFINITY
): ReadonlyArray<string> => {
  const longest = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length))
  )
  const widths = [firstWidth(longest, widest), ...longest.slice(1)]
  const line = (row: ReadonlyArray<string>) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return padded(column === 0 ? cut(cell, width) : cell, width, alignments[column] ?? "left")
      })
      .join(GAP)
      .trimEnd()
  return [line(head), widths.map((width) => "-".repeat(width)).join(GAP), ...rows.map(line)]
}
