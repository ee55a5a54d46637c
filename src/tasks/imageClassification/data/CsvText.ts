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

/** Every row that is not empty. A file from a spreadsheet may begin with a byte order mark. */
export const parse = (source: string): Parsed => {
  const text = source.replace(/^\uFEFF/, "")
  const rows: Array<Row> = []
  const field = new RegExp(FIELD)
  let fields: Array<string> = []
  let [line, begun] = [1, 1]
  while (field.lastIndex < text.length || fields.length > 0) {
    const match = field.exec(text)
    if (match === null) return { line, problem: "a quote is not closed, or something follows it" }
    const [whole, quoted, plain = "", end = ""] = match
    fields.push(quoted?.replaceAll('""', '"') ?? plain)
    line += linesIn(whole)
    if (end === ",") continue
    if (fields.length > 1 || fields[0] !== "") rows.push({ line: begun, fields })
    fields = []
    begun = line
  }
  return { rows }
}

/** A field for a row, in quotes where it needs them. */
export const quote = (value: string): string =>
  /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
