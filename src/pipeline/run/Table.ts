/** Tables as lines of text, for notes and logs. */

export type Alignment = "left" | "right"

const padded = (text: string, width: number, alignment: Alignment): string =>
  alignment === "left" ? text.padEnd(width) : text.padStart(width)

/** A head, a rule and the rows, each column as wide as its longest cell. */
export const lines = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  alignments: ReadonlyArray<Alignment>
): ReadonlyArray<string> => {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length))
  )
  const line = (row: ReadonlyArray<string>) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0, alignments[column] ?? "left"))
      .join("  ")
      .trimEnd()
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)]
}
