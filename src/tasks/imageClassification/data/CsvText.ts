/** CSV as RFC 4180 has it: fields in quotes may hold commas, line ends and doubled quotes. Pure. */

export interface Row {
  /** Of its first character, counted from 1. */
  readonly line: number
  readonly fields: ReadonlyArray<string>
}

export type Parsed =
  | { readonly rows: ReadonlyArray<Row> }
  | { readonly line: number; readonly problem: string }

/** A field, and the white space or separator that ends it; what is between quotes counts as one. */
const FIELD = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y

const linesIn = (text: string): number => text.split(/\r\n|\n|\r/).length - 1

const isEmpty = ([first, second]: ReadonlyArray<string>): boolean => first === "" && second === undefined

/** Every row that is not empty. A file from a spreadsheet may begin with a byte order mark. */
export const parse = (source: string): Parsed => {
  const text = source.replace(/^\uFEFF/, "")
  const rows: Array<Row> = []
  const pattern = new RegExp(FIELD)
  let row: { line: number; fields: Array<string> } = { line: 1, fields: [] }
  let line = 1
  // After a comma at the very end one more field follows, an empty one.
  while (pattern.lastIndex < text.length || row.fields.length > 0) {
    const match = pattern.exec(text)
    if (match === null) return { line, problem: "a quote is not closed, or something follows it" }
    const [whole, quoted, plain = "", end] = match
    row.fields.push(quoted?.replaceAll('""', '"') ?? plain)
    line += linesIn(whole)
    if (end !== ",") {
      rows.push(row)
      row = { line, fields: [] }
    }
  }
  return { rows: rows.filter(({ fields }) => !isEmpty(fields)) }
}

/** A field for a row, in quotes where it needs them. */
export const quote = (value: string): string =>
  /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
