/**
 * Weights & Biases' history: one row a step, which whatever is logged for the step joins until a later step comes.
 * Values are kept as JSON text, since its NaN and infinities stand there bare. Pure.
 */
import * as Schema from "effect/Schema"
import type { SpooledEntry, SpooledFinish } from "../SpooledEntry.ts"
import * as Media from "./Media.ts"

const Texts = Schema.Record(Schema.String, Schema.String)

const Row = Schema.Struct({ step: Schema.Int, values: Texts })
export type Row = typeof Row.Type

export const Rows = Schema.Struct({
  /** The row that values may still join. */
  pending: Schema.NullOr(Row),
  /** The last value of each name, as JSON text. */
  summary: Texts,
  /** Rows given out so far. */
  lines: Schema.Int
})
export type Rows = typeof Rows.Type

export const empty: Rows = { pending: null, summary: {}, lines: 0 }

/** A number as Python's JSON writes it. */
export const numberText = (value: number): string =>
  Number.isFinite(value) ? JSON.stringify(value) : String(value)

const objectText = (values: Readonly<Record<string, string>>): string =>
  `{${Object.entries(values)
    .map(([key, text]) => `${JSON.stringify(key)}:${text}`)
    .join(",")}}`

/** A row as a line of `wandb-history.jsonl`. */
export const lineOf = ({ values }: Row): string => objectText(values)

export const summaryText = ({ summary }: Rows): string => objectText(summary)

/** What an entry adds to its step's row. */
const valuesOf = (entry: Stepped): Row["values"] => {
  switch (entry._tag) {
    case "Scalars":
      return Object.fromEntries(
        Object.entries(entry.values).map(([name, value]) => [name, numberText(value)])
      )
    case "Image":
      return { [entry.name]: JSON.stringify(Media.imageValue(entry)) }
    case "Histogram":
      return {
        [entry.name]: JSON.stringify({ _type: "histogram", values: entry.counts, bins: entry.edges })
      }
    case "Text":
      return { [entry.name]: JSON.stringify(entry.text) }
  }
}

const rowWith = (
  before: Row | null,
  step: number,
  time: number,
  started: number,
  values: Readonly<Record<string, string>>
): Row => ({
  step,
  values: {
    ...before?.values,
    ...values,
    _step: String(step),
    _timestamp: numberText(time / 1000),
    _runtime: numberText(Math.max(0, time - started) / 1000)
  }
})

interface Folded {
  readonly rows: Rows
  /** Rows that nothing can join any more, oldest first. */
  readonly complete: ReadonlyArray<Row>
}

const given = (rows: Rows): Folded =>
  rows.pending === null
    ? { rows, complete: [] }
    : { rows: { ...rows, pending: null, lines: rows.lines + 1 }, complete: [rows.pending] }

const finished = (rows: Rows, { summary }: SpooledFinish): Folded => {
  const last = given(rows)
  const texts = Object.fromEntries(Object.entries(summary).map(([name, value]) => [name, numberText(value)]))
  return { ...last, rows: { ...last.rows, summary: { ...last.rows.summary, ...texts } } }
}

type Stepped = Exclude<SpooledEntry, { readonly _tag: "Finish" | "Hyperparameters" | "Artifact" }>

/** Values join the pending row of their step; a step that is over gets its late ones there too, as steps only rise. */
const joined = (rows: Rows, { step, time }: Stepped, started: number, values: Row["values"]): Folded => {
  const open = rows.pending !== null && step <= rows.pending.step ? rows.pending : null
  const before = open === null ? given(rows) : { rows, complete: [] }
  const pending = rowWith(open, open?.step ?? step, time, started, values)
  const summary = { ...before.rows.summary, ...pending.values }
  return { rows: { ...before.rows, pending, summary }, complete: before.complete }
}

const add = (rows: Rows, entry: SpooledEntry, started: number): Folded => {
  switch (entry._tag) {
    case "Finish":
      return finished(rows, entry)
    case "Hyperparameters":
    case "Artifact":
      return { rows, complete: [] }
    default:
      return joined(rows, entry, started, valuesOf(entry))
  }
}

/** The rows after `entries`; `started` is when the run began, in milliseconds since 1970. */
export const fold = (rows: Rows, entries: ReadonlyArray<SpooledEntry>, started: number): Folded => {
  const complete: Array<Row> = []
  let next = rows
  for (const entry of entries) {
    const added = add(next, entry, started)
    complete.push(...added.complete)
    next = added.rows
  }
  return { rows: next, complete }
}
