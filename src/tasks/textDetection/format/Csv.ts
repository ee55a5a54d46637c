/**
 * CSV (RFC 4180) with a header, a region in each row: `filename,polygon,transcription,illegible,width,height`, with
 * the polygon as `x y x y …`. A row without a polygon is a picture without regions.
 *
 * In place of `polygon` there may be `x1,y1,…,x4,y4`, `xmin,ymin,xmax,ymax`, or `polygons` with `|` between several.
 * A text in front of which a spreadsheet needs an apostrophe, so that it is no formula, is written with one.
 *
 * https://www.rfc-editor.org/rfc/rfc4180
 */
import * as Effect from "effect/Effect"
import * as Format from "./Format.ts"

interface Row {
  readonly at: number
  readonly fields: ReadonlyArray<string>
}

/** A field, and the separator or line end after it; what is between quotes counts as one. */
const FIELD = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y

/** Rows that are not empty, or the offset of a quote that is wrong. */
const rowsOf = (text: string): ReadonlyArray<Row> | number => {
  const rows: Array<Row> = []
  const pattern = new RegExp(FIELD)
  let row: { readonly at: number; readonly fields: Array<string> } = { at: 0, fields: [] }
  // After a comma at the very end one more field follows, an empty one.
  for (let at = 0; at < text.length || row.fields.length > 0; at = pattern.lastIndex) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null) return at
    row.fields.push(fieldOf(match))
    if (match[3] === ",") continue
    rows.push(row)
    row = { at: pattern.lastIndex, fields: [] }
  }
  return rows.filter(({ fields }) => fields.length > 1 || fields[0] !== "")
}

const fieldOf = ([, inQuotes, plain = ""]: RegExpExecArray): string =>
  inQuotes === undefined ? plain : inQuotes.replaceAll('""', '"')

/** Names that columns have, by what they are. */
const NAMES = {
  picture: ["filename", "file_name", "file", "image", "picture", "path"],
  polygon: ["polygon", "points"],
  polygons: ["polygons"],
  transcription: ["transcription", "text"],
  illegible: ["illegible", "illegibility", "ignore", "difficult"],
  width: ["width", "img_w"],
  height: ["height", "img_h"]
} as const

const CORNERS = ["x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4"]
const BOX = ["xmin", "ymin", "xmax", "ymax"]

type Column = keyof typeof NAMES

/** Where each column is; absent ones are undefined. */
const columnsOf = (header: ReadonlyArray<string>) => {
  const names = header.map((name) => name.trim().toLowerCase())
  const at = (wanted: ReadonlyArray<string>): number | undefined => {
    const found = names.findIndex((name) => wanted.includes(name))
    return found === -1 ? undefined : found
  }
  const several = (wanted: ReadonlyArray<string>): ReadonlyArray<number> | undefined => {
    const found = wanted.map((name) => names.indexOf(name))
    return found.includes(-1) ? undefined : found
  }
  return { at: (column: Column) => at(NAMES[column]), corners: several(CORNERS), box: several(BOX) }
}

type Columns = ReturnType<typeof columnsOf>

const LAYOUT =
  "Its first line names the columns: filename,polygon,transcription,illegible, with the polygon as x y x y x y."

const cell = ({ fields }: Row, column: number | undefined): string | undefined =>
  column === undefined ? undefined : fields[column]

const numbersOf = (cells: ReadonlyArray<string | undefined>): ReadonlyArray<number> =>
  cells.map((one) => (one === undefined || one.trim() === "" ? Number.NaN : Number(one)))

const polygonOf = (text: string): Format.Points | undefined => {
  const numbers = numbersOf(text.trim().split(/[\s,;]+/))
  return numbers.every(Number.isFinite) && numbers.length % 2 === 0 ? Format.pairs(numbers) : undefined
}

const boxOf = ([left, top, right, bottom]: ReadonlyArray<number>): Format.Points | undefined =>
  left === undefined || top === undefined || right === undefined || bottom === undefined
    ? undefined
    : Format.box(left, top, right, bottom)

/** A polygon in columns of its own: its corners, or its box. */
const shapeOf = (row: Row, { corners, box }: Columns): ReadonlyArray<Format.Points | undefined> => {
  const cells = (corners ?? box ?? []).map((column) => cell(row, column) ?? "")
  if (cells.every((one) => one.trim() === "")) return []
  const numbers = numbersOf(cells)
  if (!numbers.every(Number.isFinite)) return [undefined]
  return [corners === undefined ? boxOf(numbers) : Format.pairs(numbers)]
}

/** The polygons of a row; undefined for one that is none. */
const shapesOf = (row: Row, columns: Columns): ReadonlyArray<Format.Points | undefined> => {
  const text = cell(row, columns.at("polygon") ?? columns.at("polygons"))
  if (text === undefined) return shapeOf(row, columns)
  if (text.trim() === "") return []
  return (columns.at("polygon") === undefined ? text.split("|") : [text]).map(polygonOf)
}

const isTrue = (text: string | undefined): boolean => /^(?:true|1|yes)$/i.test((text ?? "").trim())

const marksOf = (row: Row, columns: Columns): ReadonlyArray<Format.Mark | Format.Wrong> =>
  shapesOf(row, columns).map((points) => {
    if (points === undefined) return Format.wrong(row.at, "its polygon is not a list of x and y")
    const text = cell(row, columns.at("transcription"))
    return {
      points,
      ...(text === undefined || text === "" ? {} : Format.textOf(unguarded(text))),
      ...(isTrue(cell(row, columns.at("illegible"))) ? { illegible: true } : {}),
      at: row.at
    }
  })

const sizeOf = (row: Row, columns: Columns) => {
  const [width = 0, height = 0] = numbersOf([cell(row, columns.at("width")), cell(row, columns.at("height"))])
  const isSize = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0
  return isSize ? { size: { width, height } } : {}
}

const hasShapes = ({ at, corners, box }: Columns): boolean =>
  at("polygon") !== undefined || at("polygons") !== undefined || corners !== undefined || box !== undefined

export const csv: Format.Format = {
  name: "csv",
  title: "a CSV table",
  files: /\.csv$/i,
  recognises: ({ text }) => {
    const rows = rowsOf(text.slice(0, text.search(/[\r\n]|$/)))
    const columns = typeof rows === "number" ? undefined : columnsOf(rows[0]?.fields ?? [])
    return columns !== undefined && columns.at("picture") !== undefined && hasShapes(columns)
  },
  loses: ["id", "empty text"],
  read: Effect.fnUntraced(function* (source) {
    const rows = rowsOf(source.text)
    if (typeof rows === "number") {
      return yield* Format.problem(source, rows, "a quote is not closed, or something follows it", LAYOUT)
    }
    const [header, ...body] = rows
    const columns = columnsOf(header?.fields ?? [])
    const picture = columns.at("picture")
    if (picture === undefined || !hasShapes(columns)) {
      return yield* Format.problem(source, 0, "columns are missing", LAYOUT)
    }
    const items = body.map((row) => ({ row, name: cell(row, picture) ?? "", marks: marksOf(row, columns) }))
    const nameless = items.flatMap(({ row, name }) =>
      name === "" ? [Format.wrong(row.at, "it names no picture")] : []
    )
    yield* Format.collected(source, [...nameless, ...items.flatMap(({ marks }) => marks)], LAYOUT)
    return [...Map.groupBy(items, ({ name }) => name)].flatMap(([name, group]) => {
      const marks = group.flatMap((one) => one.marks).filter((mark) => "points" in mark)
      const [first] = group
      return first === undefined
        ? []
        : [{ picture: unguarded(name), ...sizeOf(first.row, columns), marks, at: first.row.at }]
    })
  }),
  write: (pictures) => [
    {
      name: "annotations.csv",
      text: `filename,polygon,transcription,illegible,width,height\n${pictures.flatMap(rowsFor).join("")}`
    }
  ]
}

const rowsFor = ({ picture, width, height, marks }: Format.Writable): ReadonlyArray<string> => {
  const name = quoted(guarded(picture))
  if (marks.length === 0) return [`${name},,,,${width},${height}\n`]
  return marks.map(({ points, transcription, illegible }) => {
    const text = quoted(guarded(transcription ?? ""))
    return `${name},${points.flat().join(" ")},${text},${illegible === true},${width},${height}\n`
  })
}

/** An apostrophe before what a spreadsheet reads as a formula, and before an apostrophe. */
const guarded = (text: string): string => (/^[=+\-@\t\r\n']/.test(text) ? `'${text}` : text)

const unguarded = (text: string): string => (/^'[=+\-@\t\r\n']/.test(text) ? text.slice(1) : text)

const quoted = (text: string): string =>
  /[",\r\n]/.test(text) || text.trim() !== text ? `"${text.replaceAll('"', '""')}"` : text
