/** Errors and warnings about an annotation file, and how a list of them is reported. */
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as JsonText from "./JsonText.ts"

export interface Finding {
  /** Where the value is in the document, e.g. `["images", "a.jpg", "words", "0001"]`. */
  readonly path: JsonText.JsonPath
  readonly text: string
}

/** A finding with its offset in the text. */
export interface Placed {
  readonly offset: number
  readonly text: string
}

/** How many are listed; the rest are counted. */
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

interface Located {
  readonly where: string
  readonly text: string
}

const located = (file: string, text: string, placed: ReadonlyArray<Placed>): ReadonlyArray<Located> => {
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
  const listed = located(file, text, placed).map((one) => `${one.where}: ${one.text}`)
  return placed.length > LISTED ? [...listed, `and ${placed.length - LISTED} more`] : listed
}

/** One failure for all; a single finding is named by its own place. */
export const failure = (
  file: string,
  text: string,
  placed: ReadonlyArray<Placed>,
  cure: string
): DataError => {
  const [only] = located(file, text, placed)
  if (only !== undefined && placed.length === 1) {
    return new DataError({ where: only.where, problem: only.text, cure })
  }
  const problem = `${placed.length} problems\n  ${lines(file, text, placed).join("\n  ")}\nNothing of it was used`
  return new DataError({ where: file, problem, cure })
}
