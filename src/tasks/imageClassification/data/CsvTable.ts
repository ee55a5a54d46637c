/**
 * A table of pictures: a row for each, with its path, its class and, if there is a column for it, whether it trains,
 * validates or tests.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlanRefused } from "../../../pipeline/module/TaskModule.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Catalogue from "./Catalogue.ts"
import * as CsvText from "./CsvText.ts"
import type { CsvData } from "./DataPlan.ts"
import * as Files from "./Files.ts"
import type { Candidate } from "./PictureCheck.ts"
import type { Listing } from "./PictureSets.ts"
import type { Problem } from "./Problems.ts"
import * as Validation from "./Validation.ts"

/** Some millions of rows. */
const MOST_BYTES = 256 * 1024 ** 2

const LAYOUT = "A table begins with a line of column names, such as path,label: data.file=<file>.csv"

const textOf = Effect.fnUntraced(function* (file: string) {
  const bytes = yield* Files.bytes(file, MOST_BYTES, LAYOUT)
  return yield* Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => new DataError({ where: file, problem: "its text is not UTF-8", cure: "Save it as UTF-8." })
  })
})

interface Columns {
  readonly path: number
  readonly label: number
  /** Absent where the table has none. */
  readonly split: number | undefined
  readonly count: number
}

const columnsOf = (
  plan: CsvData,
  file: string,
  header: ReadonlyArray<string>
): Effect.Effect<Columns, DataError> => {
  const find = (name: string) => header.findIndex((column) => column.trim() === name)
  const missing = ([plan.path_column, plan.label_column] as const).find((name) => find(name) < 0)
  const split = find(plan.split_column)
  return missing === undefined
    ? Effect.succeed({
        path: find(plan.path_column),
        label: find(plan.label_column),
        split: split < 0 ? undefined : split,
        count: header.length
      })
    : Effect.fail(
        new DataError({
          where: `${file}:1`,
          problem: `there is no column ${missing}: the columns are ${header.map((name) => name.trim()).join(", ")}`,
          cure: "Name them: data.path_column=<name>, data.label_column=<name>."
        })
      )
}

interface Sample {
  readonly line: number
  readonly path: string
  readonly label: string
  readonly part: Catalogue.PartName
}

const PARTS: ReadonlyArray<Catalogue.PartName> = ["train", "val", "test"]

/** A row's sample, or what is wrong with it. */
const sampleOf = ({ line, fields }: CsvText.Row, columns: Columns): Sample | string => {
  if (fields.length !== columns.count)
    return `it has ${fields.length} fields where the first line has ${columns.count}`
  const field = (column: number) => (fields[column] ?? "").trim()
  const [path, label] = [field(columns.path), field(columns.label)]
  if (path === "") return "it names no picture"
  if (label === "") return "it has no label"
  if (columns.split === undefined) return { line, path, label, part: "train" }
  const said = field(columns.split)
  const part = PARTS.find((name) => name === said)
  return part === undefined ? `"${said}" is none of train, val and test` : { line, path, label, part }
}

const rowsOf = Effect.fnUntraced(function* (file: string) {
  const parsed = CsvText.parse(yield* textOf(file))
  if ("problem" in parsed) {
    return yield* new DataError({
      where: `${file}:${parsed.line}`,
      problem: parsed.problem,
      cure: 'Close it, and double a quote within quotes: "a ""b"" c".'
    })
  }
  const [header, ...rows] = parsed.rows
  if (header === undefined || rows.length === 0) {
    return yield* new DataError({ where: file, problem: "there is no row in it", cure: LAYOUT })
  }
  return { header: header.fields, rows }
})

export const list = Effect.fn("CsvTable.list")(function* (
  plan: CsvData
): Effect.fn.Return<Listing, DataError | PlanRefused, FileSystem.FileSystem | Path.Path> {
  const path = yield* Path.Path
  const file = path.resolve(plan.file)
  const { header, rows } = yield* rowsOf(file)
  const columns = yield* columnsOf(plan, file, header)
  const samples: Array<Sample> = []
  const problems: Array<Problem> = []
  for (const row of rows) {
    const sample = sampleOf(row, columns)
    if (typeof sample === "string") problems.push({ where: `${file}:${row.line}`, text: sample })
    else samples.push(sample)
  }
  const found = Catalogue.sortedClasses(samples.map(({ label }) => label))
  const classes = yield* Validation.classesOf(plan.classes, found, file)
  const numbers = new Map(classes.map((name, i) => [name, i]))
  const root = plan.root === null ? path.dirname(file) : path.resolve(plan.root)
  const those = (part: Catalogue.PartName) =>
    samples
      .filter((sample) => sample.part === part)
      .map(
        (sample): Candidate => ({
          name: sample.path,
          path: path.resolve(root, sample.path),
          label: numbers.get(sample.label) ?? -1,
          where: `${file}:${sample.line}`
        })
      )
  const listing: Listing = {
    where: file,
    root,
    classes,
    train: those("train"),
    val: columns.split === undefined ? undefined : nonEmpty(those("val")),
    test: columns.split === undefined ? undefined : nonEmpty(those("test")),
    problems,
    warnings: []
  }
  return listing
})

/** A part that no row names is none: a fraction takes its place. */
const nonEmpty = (those: ReadonlyArray<Candidate>) => (those.length === 0 ? undefined : those)
