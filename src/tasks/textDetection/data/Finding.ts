/** Errors and warnings about an annotation file, and how a list of them is reported. */
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as JsonText from "./JsonText.ts"

export interface Finding {
  /** Where the value is in the document, e.g. `["images", "a.jpg", "words", "0001"]`. */
  readonly path: JsonText.JsonPath
  readonly text: string
}

/** A file of annotations. */
export interface Source {
  readonly file: string
  readonly text: string
}

/** A finding with its offset in a text. */
export interface Placed {
  readonly source: Source
  readonly offset: number
  readonly text: string
}

/** How many are listed; the rest are counted. */
const LISTED = 20

/** Looks up all places in one walk of the text. */
export const place = (source: Source, findings: ReadonlyArray<Finding>): ReadonlyArray<Placed> => {
  if (findings.length === 0) return []
  const offsets = JsonText.offsets(
    source.text,
    findings.map((finding) => finding.path)
  )
  return findings.map((finding, i) => ({ source, offset: offsets[i] ?? 0, text: finding.text }))
}

/** A finding as a person looks it up. */
export interface Located {
  /** `file:line:column`. */
  readonly where: string
  readonly text: string
}

const inOrder = (a: Placed, b: Placed): number =>
  Number(a.source.file > b.source.file) - Number(a.source.file < b.source.file) || a.offset - b.offset

/** The places of findings in the order of the files, all of them unless `most` is given. */
export const located = (
  placed: ReadonlyArray<Placed>,
  most = Number.POSITIVE_INFINITY
): ReadonlyArray<Located> => {
  const known = new Map<Source, (offset: number) => JsonText.Place>()
  return [...placed]
    .sort(inOrder)
    .slice(0, most)
    .map(({ source, offset, text }) => {
      const at = known.get(source) ?? JsonText.places(source.text)
      known.set(source, at)
      const { line, column } = at(offset)
      return { where: `${source.file}:${line}:${column}`, text }
    })
}

/** `file:line:column: text`, in the order of the files, at most 20 and a count of the others. */
export const lines = (placed: ReadonlyArray<Placed>): ReadonlyArray<string> => {
  const listed = located(placed, LISTED).map((one) => `${one.where}: ${one.text}`)
  return placed.length > LISTED ? [...listed, `and ${placed.length - LISTED} more`] : listed
}

/** An error for each, in the order of the files. */
export const errors = (placed: ReadonlyArray<Placed>, cure: string): ReadonlyArray<DataError> =>
  located(placed).map(({ where, text }) => new DataError({ where, problem: text, cure }))

/** One failure for all; a single finding is named by its own place. */
export const failure = (where: string, placed: ReadonlyArray<Placed>, cure: string): DataError => {
  const [only] = located(placed, 1)
  if (only !== undefined && placed.length === 1) {
    return new DataError({ where: only.where, problem: only.text, cure })
  }
  const problem = `${placed.length} problems\n  ${lines(placed).join("\n  ")}\nNothing of it was used`
  return new DataError({ where, problem, cure })
}
