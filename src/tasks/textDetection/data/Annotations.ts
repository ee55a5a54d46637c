/** The annotation file: `{"images": {file: {"img_w", "img_h", "words": {id: {"points": [[x, y], …]}}}}}`. */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type { ImageSize } from "../../../pipeline/picture/Images.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as AnnotatedPolygon from "./AnnotatedPolygon.ts"
import * as Finding from "./Finding.ts"
import * as ForeignLayout from "./ForeignLayout.ts"
import * as JsonText from "./JsonText.ts"
import type { Region } from "./TextImage.ts"

export const Word = Schema.Struct({
  /** Corners in order, pixels of the upright picture. */
  points: Schema.Array(Schema.Tuple([Schema.Finite, Schema.Finite])),
  /** `###` means that it is illegible. */
  transcription: Schema.optionalKey(Schema.NullOr(Schema.String)),
  illegibility: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
  /** Of a detection, in [0, 1]. */
  confidence: Schema.optionalKey(Schema.NullOr(Schema.Finite))
})

const Side = Schema.Int.check(Schema.isGreaterThan(0))

export const Image = Schema.Struct({
  /** Upright width and height, pixels; when absent, the picture's own. */
  img_w: Schema.optionalKey(Side),
  img_h: Schema.optionalKey(Side),
  words: Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Word)))
})

/** The layout. Unknown keys are ignored, since other tools may keep theirs in the same file. */
export const Annotations = Schema.Struct({ images: Schema.Record(Schema.String, Image) })

export type Word = typeof Word.Type
export type Image = typeof Image.Type
export type Annotations = typeof Annotations.Type

const LAYOUT =
  'The layout is {"images": {file: {"img_w", "img_h", "words": {id: {"points": [[x, y], ...]}}}}}.'

const decodeValue = Schema.decodeUnknownResult(Annotations)
const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** `image a.jpg, word 0003`: the parts of a path, for people. */
const named = ([, image, , word]: JsonText.JsonPath): string =>
  [image === undefined ? [] : [`image ${image}`], word === undefined ? [] : [`word ${word}`]]
    .flat()
    .join(", ")

const misshapen = (issue: {
  readonly path?: ReadonlyArray<unknown> | undefined
  readonly message: string
}): Finding.Finding => {
  const path = (issue.path ?? []).filter((part) => typeof part === "string" || typeof part === "number")
  const inside = path.slice(path[2] === "words" ? 4 : 2).join(".")
  const where = [named(path), inside].filter((part) => part !== "").join(", ")
  const said = issue.message.charAt(0).toLowerCase() + issue.message.slice(1)
  return { path, text: `${where === "" ? path.join(".") || "the file" : where}: ${said}` }
}

const twice = (source: Finding.Source): ReadonlyArray<Finding.Placed> => {
  const found: Array<Finding.Placed> = []
  JsonText.walk(source.text, {
    duplicate: (path, offset) =>
      found.push({ source, offset, text: `${named(path)}: "${path.at(-1)}" appears twice` })
  })
  return found
}

/** More words than any page has; the cost of each picture grows with them. */
export const MOST_WORDS = 10_000

export const SPLIT = "Divide the picture, or remove words."

/** Finds pictures with too many words before they are processed. */
const crowdedIn = (value: unknown): ReadonlyArray<Finding.Finding> => {
  const images = Predicate.isObject(value) && Predicate.isObject(value["images"]) ? value["images"] : {}
  return Object.entries(images).flatMap(([name, image]) => {
    const words = Predicate.isObject(image) && Predicate.isObject(image["words"]) ? image["words"] : {}
    const count = Object.keys(words).length
    if (count <= MOST_WORDS) return []
    const path = ["images", name]
    return [{ path, text: `${named(path)}: it has ${count} words, and at most ${MOST_WORDS} are allowed` }]
  })
}

/** A text that is not JSON: another tool's, or a mistake at its place. */
const unparsed = (source: Finding.Source, failure: unknown): DataError => {
  const { file, text } = source
  const foreign = /^\s*[[{]/.test(text) ? undefined : ForeignLayout.ofText(text)
  if (foreign !== undefined) return new DataError({ where: file, ...foreign })
  const { offset, problem } = JsonText.walk(text, {}) ?? { offset: 0, problem: String(failure) }
  const placed = [{ source, offset, text: `this is not JSON: ${problem}` }]
  return Finding.failure(file, placed, "Correct the file, or export it again.")
}

/**
 * Reads a text in the layout. Fails with every syntax or shape problem at its line and column; also with repeated
 * names and words, of which JSON itself would silently keep the last.
 */
export const decode = Effect.fn("Annotations.decode")(function* (
  file: string,
  text: string
): Effect.fn.Return<Annotations, DataError> {
  const source = { file, text }
  const parsed = Result.try((): unknown => JSON.parse(text))
  if (Result.isFailure(parsed)) return yield* unparsed(source, parsed.failure)
  const repeated = twice(source)
  if (repeated.length > 0) return yield* Finding.failure(file, repeated, "Give each a different name.")
  const crowded = crowdedIn(parsed.success)
  if (crowded.length > 0) return yield* Finding.failure(file, Finding.place(source, crowded), SPLIT)
  const decoded = decodeValue(parsed.success, { errors: "all" })
  if (Result.isSuccess(decoded)) return decoded.success
  const foreign = ForeignLayout.ofValue(parsed.success)
  if (foreign !== undefined) return yield* new DataError({ where: file, ...foreign })
  const findings = issuesOf(decoded.failure.issue).issues.map(misshapen)
  return yield* Finding.failure(file, Finding.place(source, findings), LAYOUT)
})

export interface Checked {
  readonly regions: ReadonlyArray<Region>
  /** Regions refused, by image, word and reason. */
  readonly refused: ReadonlyArray<Finding.Finding>
  /** Regions that reached slightly outside their picture and were clipped to it. */
  readonly clipped: ReadonlyArray<Finding.Finding>
}

const region = (id: string, word: Word, polygon: Region["polygon"]): Region => ({
  id,
  polygon,
  ignore: word.illegibility === true || word.transcription === "###",
  ...(typeof word.transcription === "string" ? { transcription: word.transcription } : {})
})

/** The regions of one picture of `size` pixels, each polygon checked. */
export const regions = (name: string, image: Image, size: ImageSize): Checked => {
  const checked = Object.entries(image.words ?? {}).map(([id, word]) => {
    const path = ["images", name, "words", id]
    return { id, word, path, seen: AnnotatedPolygon.check(word.points, size) }
  })
  return {
    regions: checked.flatMap(({ id, word, seen }) =>
      seen._tag === "Usable" ? [region(id, word, seen.polygon)] : []
    ),
    refused: checked.flatMap(({ path, seen }) =>
      seen._tag === "Refused" ? [{ path, text: `${named(path)}: ${seen.problem}` }] : []
    ),
    clipped: checked.flatMap(({ path, seen }) =>
      seen._tag === "Usable" && seen.clipped ? [{ path, text: `${named(path)}: clipped to its picture` }] : []
    )
  }
}
