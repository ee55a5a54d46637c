/** Something wrong, or worth a warning, in an annotation file, and how a list of such is told. */
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as JsonText from "./JsonText.ts"

export interface Finding {
  /** Where the value stands in the document, e.g. `["images", "a.jpg", "words", "0001"]`. */
  readonly path: JsonText.JsonPath
  readonly text: string
}

/** The same with its place looked up. */
export interface Placed {
  readonly offset: number
  readonly text: string
}

/** So many are listed; the rest are counted. */
const LISTED = 20

/** Looks up all places in one walk of the text. */
export const place = (text: string, findings: ReadonlyArray<Finding>): ReadonlyArray<Placed> => {
  if (findings.length === 0) return []
  const offsets = JsonText.offsets(
    text,
    findings.map((finding) => finding.path)
  )
  return findings.map((finding, i) => ({ offset: offsets[i] ?? 0, text: finding.text }))
}

interface Told {
  readonly where: string
  readonly text: string
}

const tell = (file: string, text: string, placed: ReadonlyArray<Placed>): ReadonlyArray<Told> => {
  const at = JsonText.places(text)
  return [...placed]
    .sort((a, b) => a.offset - b.offset)
    .slice(0, LISTED)
    .map((one) => {
      const { line, column } = at(one.offset)
      return { where: `${file}:${line}:${column}`, text: one.text }
    })
}

/** `file:line:column: text`, in the order of the file, at most 20 and a count of the others. */
export const lines = (file: string, text: string, placed: ReadonlyArray<Placed>): ReadonlyArray<string> => {
  const told = tell(file, text, placed).map((one) => `${one.where}: ${one.text}`)
  return placed.length > LISTED ? [...told, `and ${placed.length - LISTED} more`] : told
}

/** One failure for all; a single finding is named by its own place. */
export const failure = (
  file: string,
  text: string,
  placed: ReadonlyArray<Placed>,
  cure: string
): DataError => {
  const [only] = tell(file, text, placed)
  if (only !== undefined && placed.length === 1) {
    return new DataError({ where: only.where, problem: only.text, cure })
  }
  const problem = `${placed.length} problems\n  ${lines(file, text, placed).join("\n  ")}\nNothing of it was used`
  return new DataError({ where: file, problem, cure })
}
