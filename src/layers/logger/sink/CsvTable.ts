/** A table that grows by rows and sometimes by a column: the text to write for given values. Pure. */

interface Values {
  readonly [column: string]: number
}

export interface CsvRow {
  readonly step: number
  readonly values: Values
}

/** `columns` follow `step`; `row` is the last row, to which values of its step may still be added. */
export interface CsvTable {
  readonly columns: ReadonlyArray<string>
  readonly known: ReadonlySet<string>
  readonly row: CsvRow | undefined
}

const tableOf = (columns: ReadonlyArray<string>, row: CsvRow | undefined): CsvTable => ({
  columns,
  known: new Set(columns),
  row
})

export const empty: CsvTable = tableOf([], undefined)

const quoted = (name: string): string => (/[",\n\r]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)

/** The first line, with its line end. */
export const header = (columns: ReadonlyArray<string>): string =>
  `${["step", ...columns.map(quoted)].join(",")}\n`

/** The cells of a row one by one: for NaN and infinities, which are written by name. */
const anyCells = (columns: ReadonlyArray<string>, values: Values): string =>
  columns.map((column) => values[column] ?? "").join(",")

/**
 * The cells of a row through JSON, which writes the same digits in a third of the time; an empty cell is null there.
 */
const finiteCells = (columns: ReadonlyArray<string>, values: Values): string =>
  JSON.stringify(columns.map((column) => values[column] ?? null))
    .slice(1, -1)
    .replaceAll("null", "")

const areFinite = (values: Values): boolean => {
  for (const name in values) if (!Number.isFinite(values[name])) return false
  return true
}

/** A row as text, with its line end: the shortest digits that read back the same, NaN and Infinity by name. */
export const line = (columns: ReadonlyArray<string>, { step, values }: CsvRow): string => {
  if (columns.length === 0) return `${step}\n`
  return `${step},${areFinite(values) ? finiteCells(columns, values) : anyCells(columns, values)}\n`
}

/** The table after `values` at `step`, and the rows that this completes. */
export const add = (
  table: CsvTable,
  step: number,
  values: Values
): { readonly table: CsvTable; readonly complete: CsvRow | undefined } => {
  const fresh = Object.keys(values).filter((name) => !table.known.has(name))
  const joins = table.row?.step === step
  const row = { step, values: joins ? { ...table.row?.values, ...values } : values }
  const complete = joins ? undefined : table.row
  return fresh.length === 0
    ? { table: { ...table, row }, complete }
    : { table: tableOf([...table.columns, ...fresh], row), complete }
}

/** Metrics that earlier versions logged under another name: a run that goes on stays one series. */
const renamed: ReadonlyMap<string, string> = new Map([["images_per_second", "samples_per_second"]])

/** Longer than the header of any run. */
const maxHeader = 1_000_000

/** The names in a header line; undefined if it is not one of ours. */
export const parseHeader = (text: string): ReadonlyArray<string> | undefined => {
  if (text.length > maxHeader) return undefined
  const cells = [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g)].map(
    ([, inQuotes, plain]) => inQuotes?.replaceAll('""', '"') ?? plain ?? ""
  )
  return cells[0] === "step" ? cells.slice(1).map((name) => renamed.get(name) ?? name) : undefined
}

/** A row's step and values, as `line` wrote them. */
export const parseLine = (columns: ReadonlyArray<string>, text: string): CsvRow => {
  const [step = "", ...cells] = text.split(",")
  const values = columns.flatMap((column, i): ReadonlyArray<readonly [string, number]> => {
    const cell = cells[i] ?? ""
    return cell === "" ? [] : [[column, Number(cell)]]
  })
  return { step: Number(step), values: Object.fromEntries(values) }
}

/** Rows extended to more columns than they were written with: `added` empty cells at the end of each. */
export const widened = (rows: string, added: number): string =>
  rows.replaceAll("\n", `${",".repeat(added)}\n`)

export interface Kept {
  readonly table: CsvTable
  /** Characters of the header, of the complete rows after it, and where the open row begins. */
  readonly headerLength: number
  readonly rowStart: number
}

/**
 * The part of an earlier session's file that is still valid when the run resumes from `step`: complete rows of steps
 * up to it. The last row is open again if its step is `step`. Undefined if the file is not a table of ours.
 */
export const resume = (text: string, step: number): Kept | undefined => {
  const headerLength = text.indexOf("\n") + 1
  const columns = parseHeader(text.slice(0, headerLength).trimEnd())
  if (headerLength === 0 || columns === undefined) return undefined
  let rowStart = headerLength
  let row: CsvRow | undefined
  for (let at = headerLength; ; ) {
    const end = text.indexOf("\n", at)
    if (end === -1) break
    const next = parseLine(columns, text.slice(at, end))
    if (!(next.step <= step)) break
    row = next
    rowStart = at
    at = end + 1
  }
  return { table: tableOf(columns, row), headerLength, rowStart }
}
