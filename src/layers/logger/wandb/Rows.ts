/**
 * Weights & Biases' history: one row per step, to which everything logged for the step is added until a later step
 * comes. Values are kept as JSON text, since their NaN and infinities are not quoted. Pure.
 */
import * as Schema from "effect/Schema"
import type { SpooledEntry, SpooledFinish } from "../spool/Entry.ts"
import * as Media from "./Media.ts"

const Texts = Schema.Record(Schema.String, Schema.String)

const Row = Schema.Struct({ step: Schema.Int, values: Texts })
export type Row = typeof Row.Type

export const Rows = Schema.Struct({
  /** The row to which values may still be added. */
  pending: Schema.NullOr(Row),
  /** The last value of each name, as JSON text. */
  summary: Texts,
  /** How many rows were completed so far. */
  lines: Schema.Int
})
export type Rows = typeof Rows.Type

export const empty: Rows = { pending: null, summary: {}, lines: 0 }

/** A number as Python's JSON writes it: NaN and the infinities have the same names in JavaScript. */
export const numberText = (value: number): string => String(value)

const objectText = (values: Readonly<Record<string, string>>): string =>
  `{${Object.entries(values)
    .map(([key, text]) => `${JSON.stringify(key)}:${text}`)
    .join(",")}}`

/** A row as a line of `wandb-history.jsonl`. */
export const lineOf = ({ values }: Row): string => objectText(values)

export const summaryText = ({ summary }: Rows): string => objectText(summary)

const textsOf = (values: { readonly [name: string]: number }): Record<string, string> => {
  const texts: Record<string, string> = {}
  for (const name in values) texts[name] = numberText(values[name] ?? Number.NaN)
  return texts
}

type Stepped = Extract<SpooledEntry, { readonly step: number }>

/** The values that an entry adds to its step's row. */
const valuesOf = (entry: Stepped): Row["values"] => {
  switch (entry._tag) {
    case "Scalars":
      return textsOf(entry.values)
    case "Image":
      return { [entry.name]: JSON.stringify(Media.imageValue(entry)) }
    case "Table":
      return { [entry.name]: JSON.stringify(Media.tableValue(entry)) }
    case "Histogram":
      return {
        [entry.name]: JSON.stringify({ _type: "histogram", values: entry.counts, bins: entry.edges })
      }
    case "Text":
      return { [entry.name]: JSON.stringify(entry.text) }
  }
}

/** Rows being built: mutable, since a copy for every entry would cost more than everything else. */
interface Folding {
  pending: { step: number; values: Record<string, string> } | null
  readonly summary: Record<string, string>
  lines: number
  readonly complete: Array<Row>
}

const giveRow = (folding: Folding): void => {
  if (folding.pending === null) return
  folding.complete.push(folding.pending)
  folding.lines++
  folding.pending = null
}

/** Adds values to the pending row; late values of an earlier step go there too, since steps only rise. */
const join = (folding: Folding, entry: Stepped, started: number): void => {
  if (folding.pending !== null && entry.step > folding.pending.step) giveRow(folding)
  const pending = folding.pending ?? { step: entry.step, values: {} }
  folding.pending = pending
  const values = {
    ...valuesOf(entry),
    _step: String(pending.step),
    _timestamp: numberText(entry.time / 1000),
    _runtime: numberText(Math.max(0, entry.time - started) / 1000)
  }
  Object.assign(pending.values, values)
  Object.assign(folding.summary, values)
}

const finish = (folding: Folding, { summary }: SpooledFinish): void => {
  giveRow(folding)
  for (const [name, value] of Object.entries(summary)) folding.summary[name] = numberText(value)
}

const add = (folding: Folding, entry: SpooledEntry, started: number): void => {
  switch (entry._tag) {
    case "Finish":
      return finish(folding, entry)
    case "Hyperparameters":
    case "Artifact":
    case "System":
    case "Console":
      return
    default:
      return join(folding, entry, started)
  }
}

export interface Folded {
  readonly rows: Rows
  /** Rows that are complete, oldest first. */
  readonly complete: ReadonlyArray<Row>
}

/** The rows after `entries`; `started` is when the run started, in milliseconds since 1970. */
export const fold = (rows: Rows, entries: ReadonlyArray<SpooledEntry>, started: number): Folded => {
  const folding: Folding = {
    pending: rows.pending === null ? null : { step: rows.pending.step, values: { ...rows.pending.values } },
    summary: { ...rows.summary },
    lines: rows.lines,
    complete: []
  }
  for (const entry of entries) add(folding, entry, started)
  const { pending, summary, lines, complete } = folding
  return { rows: { pending, summary, lines }, complete }
}
