/** What is wrong with samples, and how a list of it reads: the first of them, and a count of the others. */
import { DataError } from "../../../pipeline/task/Dataset.ts"

export interface Problem {
  /** A path, or a path and a line. */
  readonly where: string
  readonly text: string
}

/** So many are listed. */
const LISTED = 20

/** One failure for all; a single problem is named by its own place. */
export const failure = (where: string, problems: ReadonlyArray<Problem>, cure: string): DataError => {
  const [only] = problems
  if (only !== undefined && problems.length === 1) {
    return new DataError({ where: only.where, problem: only.text, cure })
  }
  const lines = problems.slice(0, LISTED).map((problem) => `${problem.where}: ${problem.text}`)
  const more = problems.length > LISTED ? [`and ${problems.length - LISTED} more`] : []
  const listed = [...lines, ...more].join("\n  ")
  return new DataError({
    where,
    problem: `${problems.length} problems\n  ${listed}\nNothing of it was used`,
    cure
  })
}

/** A sentence about pictures with several pages. */
export const paged = (problems: ReadonlyArray<Problem>): ReadonlyArray<string> => {
  const [first] = problems
  if (first === undefined) return []
  const what = problems.length === 1 ? "1 picture has" : `${problems.length} pictures have`
  return [
    `${what} several pages or frames, of which the first is used, the first at ${first.where}: ${first.text}`
  ]
}

/** What was left out, each sample by itself. */
export const errors = (problems: ReadonlyArray<Problem>, cure: string): ReadonlyArray<DataError> =>
  problems.map(({ where, text }) => new DataError({ where, problem: text, cure }))

/** A sentence about samples that were left out. */
export const warning = (problems: ReadonlyArray<Problem>): ReadonlyArray<string> => {
  const [first] = problems
  if (first === undefined) return []
  const what =
    problems.length === 1
      ? "1 sample cannot be used and was"
      : `${problems.length} samples cannot be used and were`
  return [`${what} left out, the first at ${first.where}: ${first.text}`]
}
