/** Looks at every picture of a data set once, and reports on all of it. */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import { ImageCodec, type ImageError, type RgbImage } from "../picture/Images.ts"
import type { DataError } from "../task/Dataset.ts"
import * as Duplicates from "./Duplicates.ts"
import * as Orientation from "./Orientation.ts"
import * as PictureHash from "./PictureHash.ts"
import type { Problem, Sample, Subject, Tally } from "./Subject.ts"
import * as Summary from "./Summary.ts"

/** A sample whose picture could be read. */
export interface Seen extends Sample, Duplicates.Seen {
  /** Upright, pixels. */
  readonly width: number
  readonly height: number
  /** Of the file, or of its pixels. */
  readonly bytes: number
  /** See `Orientation`. */
  readonly orientation: number
}

export interface Report {
  readonly where: string
  readonly seen: ReadonlyArray<Seen>
  /** Samples by part, in the order train, val, test. */
  readonly parts: ReadonlyArray<readonly [part: string, count: number]>
  readonly bytes: number
  readonly summaries: ReadonlyArray<Summary.Summary>
  readonly tallies: ReadonlyArray<Tally>
  readonly duplicates: ReadonlyArray<Duplicates.Group<Seen>>
  /** Duplicates of which two parts know. */
  readonly leaks: ReadonlyArray<Duplicates.Group<Seen>>
  readonly problems: ReadonlyArray<Problem>
  readonly notes: ReadonlyArray<Problem>
}

/** Pictures that are read at the same time. */
const concurrency = 4

/** Long side of what a picture is looked at by, pixels. */
const LOOKED_AT = 256

/** Smaller pictures, such as digits, look alike without being copies. */
const SMALL = 64

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

const seenOf = (sample: Sample, bytes: Uint8Array, image: RgbImage): Seen => ({
  ...sample,
  width: image.width,
  height: image.height,
  bytes: bytes.byteLength,
  orientation: Orientation.of(bytes),
  digest: digestOf(bytes),
  look: Math.max(image.width, image.height) < SMALL ? undefined : PictureHash.of(image)
})

const inFile = Effect.fnUntraced(function* (sample: Sample) {
  const fs = yield* FileSystem.FileSystem
  const codec = yield* ImageCodec
  const image = yield* codec.read(sample.where, { maxSide: LOOKED_AT })
  const { width, height } = yield* codec.probe(sample.where)
  const seen: Seen = { ...seenOf(sample, yield* fs.readFile(sample.where), image), width, height }
  return seen
})

const inMemory = (sample: Sample, read: Effect.Effect<RgbImage, DataError>) =>
  Effect.map(read, (image): Seen => seenOf(sample, image.rgb, image))

/** What is wrong with a picture. */
const unreadable = ({ where }: Sample, text: string): Problem => ({ where, kind: "unreadable", text })

/** A sample, or what is wrong with its picture. */
const look = (sample: Sample) =>
  (sample.read === undefined
    ? Effect.mapError(inFile(sample), (error) =>
        unreadable(sample, error._tag === "ImageError" ? error.problem : error.message)
      )
    : Effect.mapError(inMemory(sample, sample.read), ({ problem }) => unreadable(sample, problem))
  ).pipe(Effect.result)

/** The picture of a sample, at most `maxSide` pixels a side where it is in a file. */
export const read = (
  sample: Sample,
  maxSide: number
): Effect.Effect<RgbImage, DataError | ImageError, ImageCodec> =>
  sample.read ?? ImageCodec.use((codec) => codec.read(sample.where, { maxSide }))

const ORDER = ["train", "val", "test"]

const partsOf = (samples: ReadonlyArray<Sample>): Report["parts"] =>
  [...Map.groupBy(samples, ({ part }) => part)]
    .map(([part, those]) => [part, those.length] as const)
    .sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b))

const tallied = (name: string, values: ReadonlyArray<string>): Tally => ({
  name,
  counts: [...Map.groupBy(values, (value) => value)]
    .map(([what, those]) => [what, those.length] as const)
    .sort(([, a], [, b]) => b - a)
})

const measures = (seen: ReadonlyArray<Seen>) => [
  { name: "width", unit: "px", values: seen.map(({ width }) => width) },
  { name: "height", unit: "px", values: seen.map(({ height }) => height) },
  { name: "size of a file", unit: "kB", values: seen.map(({ bytes }) => bytes / 1000) }
]

const orientationOf = ({ orientation }: Seen): string =>
  `${orientation === 0 ? "–" : orientation}: ${Orientation.MEANING[orientation] ?? ""}`

/** Reads all pictures; `progress` is called after each. Nothing of what is wrong with data fails it. */
export const make = Effect.fn("Survey.make")(function* (
  subject: Subject,
  progress: (done: number, all: number) => Effect.Effect<void>
): Effect.fn.Return<Report, never, FileSystem.FileSystem | ImageCodec> {
  const { where, samples, problems, notes } = subject
  let done = 0
  const looked = yield* Effect.forEach(
    samples,
    (sample) => Effect.tap(look(sample), () => progress(++done, samples.length)),
    { concurrency }
  )
  const seen = looked.flatMap((one) => (Result.isSuccess(one) ? [one.success] : []))
  const failures = looked.flatMap((one) => (Result.isFailure(one) ? [one.failure] : []))
  const duplicates = Duplicates.find(seen)
  return {
    where,
    seen,
    parts: partsOf(samples),
    bytes: seen.reduce((sum, { bytes }) => sum + bytes, 0),
    summaries: [...measures(seen), ...subject.distributions].flatMap((one) => Summary.of(one) ?? []),
    tallies: [...subject.tallies, tallied("EXIF orientation", seen.map(orientationOf))],
    duplicates,
    leaks: duplicates.filter(Duplicates.isLeak),
    problems: [...problems, ...failures],
    notes
  }
})

const namesOf = ({ kind, samples }: Duplicates.Group<Seen>) => ({
  kind,
  samples: samples.map(({ name, part, where }) => ({ name, part, where }))
})

/** The report as plain JSON. */
export const json = ({ where, seen, parts, bytes, summaries, tallies, ...found }: Report) => ({
  where,
  pictures: parts.reduce((sum, [, count]) => sum + count, 0),
  readable: seen.length,
  bytes,
  parts: Object.fromEntries(parts),
  distributions: summaries,
  counts: Object.fromEntries(tallies.map(({ name, counts }) => [name, Object.fromEntries(counts)])),
  duplicates: found.duplicates.map(namesOf),
  leaks: found.leaks.map(namesOf),
  problems: found.problems,
  notes: found.notes
})
