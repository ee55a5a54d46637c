/** JSON of other tools, decoded by a Schema: what is wrong is reported with its line and column. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Finding from "../data/Finding.ts"
import * as JsonText from "../data/JsonText.ts"
import * as Format from "./Format.ts"

/** A corner. */
export const Point = Schema.Tuple([Schema.Finite, Schema.Finite])

/** A side of a picture, pixels. */
export const Side = Schema.Int.check(Schema.isGreaterThan(0))

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** What is wrong at the first character that is no JSON. */
const misspelt = (source: Format.Source, text: string, from: number, failure: unknown): DataError => {
  const { offset, problem } = JsonText.walk(text, {}) ?? { offset: 0, problem: String(failure) }
  const cure = "Correct the file, or export it again."
  return Format.problem(source, from + offset, `this is not JSON: ${problem}`, cure)
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

interface Issue {
  readonly path?: ReadonlyArray<unknown> | undefined
  readonly message: string
}

const found = (issue: Issue) => {
  const path = (issue.path ?? []).filter((part) => typeof part === "string" || typeof part === "number")
  return { path, text: `${path.join(".") || "the file"}: ${lower(issue.message)}` }
}

/** A value of a part of a text; `offsets` of its elements, if it is a list. */
export interface Within<A> {
  readonly value: A
  readonly offsets: ReadonlyArray<number>
}

/** A decoder of a part of a file, such as a line. `layout` says what is expected. */
export const decoderWithin = <A>(schema: Schema.Decoder<A>, layout: string) => {
  const decode = Schema.decodeUnknownResult(schema)
  return Effect.fnUntraced(function* (
    source: Format.Source,
    from: number,
    to: number
  ): Effect.fn.Return<Within<A>, DataError> {
    const text = source.text.slice(from, to)
    const parsed = Result.try((): unknown => JSON.parse(text))
    if (Result.isFailure(parsed)) return yield* misspelt(source, text, from, parsed.failure)
    const decoded = decode(parsed.success, { errors: "all" })
    if (Result.isFailure(decoded)) {
      const findings = issuesOf(decoded.failure.issue).issues.map(found)
      const offsets = JsonText.offsets(
        text,
        findings.map(({ path }) => path)
      )
      const placed = findings.map((one, i) => ({ source, offset: from + (offsets[i] ?? 0), text: one.text }))
      return yield* Finding.failure(source.file, placed, layout)
    }
    return { value: decoded.success, offsets: elements(text, from) }
  })
}

/** The offsets of a list's elements. */
const elements = (text: string, from: number): ReadonlyArray<number> => {
  const offsets: Array<number> = []
  JsonText.walk(text, {
    value: (path, offset) => {
      if (path.length === 1) offsets.push(from + offset)
    }
  })
  return offsets
}

/** Keys written twice, of which JSON itself would silently keep the last. */
const twice = (source: Format.Source): ReadonlyArray<Finding.Placed> => {
  const found: Array<Finding.Placed> = []
  JsonText.walk(source.text, {
    duplicate: (path, offset) => found.push({ source, offset, text: `"${path.at(-1)}" appears twice` })
  })
  return found
}

/** A decoder of whole files. */
export const decoder = <A>(schema: Schema.Decoder<A>, layout: string) => {
  const decode = Schema.decodeUnknownResult(schema)
  return Effect.fnUntraced(function* (source: Format.Source): Effect.fn.Return<A, DataError> {
    const parsed = Result.try((): unknown => JSON.parse(source.text))
    if (Result.isFailure(parsed)) return yield* misspelt(source, source.text, 0, parsed.failure)
    const repeated = twice(source)
    if (repeated.length > 0)
      return yield* Finding.failure(source.file, repeated, "Give each a different name.")
    const decoded = decode(parsed.success, { errors: "all" })
    if (Result.isSuccess(decoded)) return decoded.success
    const findings = issuesOf(decoded.failure.issue).issues.map(found)
    return yield* Finding.failure(source.file, Finding.place(source, findings), layout)
  })
}
