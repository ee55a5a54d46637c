/**
 * The course of each metric of a run in a bounded number of points. It is stored with how far the file was read, so
 * that a file of gigabytes is read once, in pieces, and later only what was added.
 */
import { createHash } from "node:crypto"
import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as CsvTable from "../logger/sink/CsvTable.ts"
import * as MetricLines from "./MetricLines.ts"
import type { RegistryError } from "./RunEntry.ts"

export interface Course {
  readonly name: string
  /** The newest value, whatever it is; none if there is none. */
  readonly last: number | undefined
  /**
   * Means of equally many finite values each, the last of the remaining ones; the values themselves if there are few.
   */
  readonly values: ReadonlyArray<number>
}

/** Sums of `stride` finite values each, except the last one. */
const Samples = Schema.Struct({
  name: Schema.String,
  count: Schema.Int,
  stride: Schema.Int,
  sums: Schema.Array(Schema.Number),
  /** As text from the file, since JSON has no NaN. */
  last: Schema.NullOr(Schema.String)
})

/** Mutable, since each of a million rows must not copy the course so far. */
interface Sampling {
  readonly name: string
  count: number
  stride: number
  sums: Array<number>
  last: string | null
}

/** What is stored about a `metrics.csv`. */
const Kept = Schema.Struct({
  /** Identity, length and time of the file: if they are the same, it is not read again. */
  stamp: Schema.String,
  /** Whether the file was old enough when it was read that a later change would change its time. */
  settled: Schema.Boolean,
  file: Schema.String,
  /** How often the run was resumed, since that may cut the file and let it grow again. */
  resumes: Schema.Int,
  /** Bytes of the rows that can no longer change: all except the last. */
  offset: Schema.Int,
  /** Digest of the bytes before `offset`. */
  tail: Schema.String,
  samples: Schema.Array(Samples),
  courses: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      last: Schema.NullOr(Schema.String),
      values: Schema.Array(Schema.Number)
    })
  )
})
type Kept = typeof Kept.Type

/** The most sums of a metric; more than twice as many as a drawing has cells. */
const most = 256

/** Adds a value to the last sum, or starts another; if there are too many sums, each two are merged. */
const add = (sampling: Sampling, value: number): void => {
  const { sums, count, stride } = sampling
  if (!Number.isFinite(value)) return
  sampling.count = count + 1
  if (count < sums.length * stride) {
    sums[sums.length - 1] = (sums.at(-1) ?? 0) + value
    return
  }
  if (sums.length === most) {
    sampling.stride = stride * 2
    sampling.sums = Array.from({ length: most / 2 }, (_, i) => (sums[2 * i] ?? 0) + (sums[2 * i + 1] ?? 0))
  }
  sampling.sums.push(value)
}

const begun = (name: string): Sampling => ({ name, count: 0, stride: 1, sums: [], last: null })

const copied = (samples: ReadonlyArray<typeof Samples.Type>): ReadonlyArray<Sampling> =>
  samples.map((one) => ({ ...one, sums: [...one.sums] }))

const addLine = (columns: ReadonlyArray<Sampling>, line: string): void => {
  const cells = line.split(",")
  for (const [i, sampling] of columns.entries()) {
    const cell = cells[i + 1] ?? ""
    if (cell === "") continue
    sampling.last = cell
    add(sampling, Number(cell))
  }
}

const courseOf = ({ name, count, stride, sums, last }: Sampling): Kept["courses"][number] => ({
  name,
  last,
  values: sums.map((sum, i) => sum / (i === sums.length - 1 ? count - i * stride : stride))
})

const toCourse = ({ name, last, values }: Kept["courses"][number]): Course => ({
  name,
  last: last === null ? undefined : Number(last),
  values
})

interface Stamp {
  readonly file: string
  readonly size: number
  /** Milliseconds since 1970. */
  readonly written: number
}

const stampOf = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<Stamp, PlatformError> {
  const { ino, dev, size, mtime } = yield* fs.stat(path)
  const written = Option.match(mtime, { onNone: () => 0, onSome: (date) => date.getTime() })
  return { file: `${dev}:${Option.getOrElse(ino, () => 0n)}`, size: Number(size), written }
})

const textOf = ({ file, size, written }: Stamp): string => `${file} ${size} ${written}`

/** How many bytes before an offset must be unchanged for the rest to count as an addition. */
const tailLength = 4096

const tailAt = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  offset: number
): Effect.fn.Return<string, PlatformError> {
  const from = Math.max(0, offset - tailLength)
  const bytes = yield* MetricLines.bytesAt(fs, path, from, offset - from)
  return createHash("sha256").update(bytes).digest("hex")
})

/** Whether the part that was read is unchanged, so that only the rest has to be read. */
const continues = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  stamp: Stamp,
  kept: Kept,
  resumes: number
): Effect.fn.Return<boolean, PlatformError> {
  if (kept.file !== stamp.file || kept.resumes !== resumes || stamp.size < kept.offset) return false
  return kept.offset > 0 && (yield* tailAt(fs, path, kept.offset)) === kept.tail
})

/** Milliseconds after which another write would change a file's time. */
const atRest = 2000

/** Reads on from `before`, or from the beginning. */
const readFrom = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  stamp: Stamp,
  resumes: number,
  before: Kept | undefined
): Effect.fn.Return<Kept, PlatformError> {
  const settled = (yield* Clock.currentTimeMillis) - stamp.written > atRest
  let columns = before === undefined ? undefined : copied(before.samples)
  const { offset, open } = yield* MetricLines.each(fs, path, before?.offset ?? 0, (line) => {
    if (columns === undefined) columns = (CsvTable.parseHeader(line) ?? []).map(begun)
    else addLine(columns, line)
  })
  const samples = columns ?? []
  // The last row may still get values: it is shown, and read again next time.
  const shown = copied(samples)
  if (open !== undefined) addLine(shown, open)
  const courses = shown.map(courseOf)
  const tail = yield* tailAt(fs, path, offset)
  return { stamp: textOf(stamp), settled, file: stamp.file, resumes, offset, tail, samples, courses }
})

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Kept))
const encode = Schema.encodeSync(Schema.fromJsonString(Kept))

export interface Read {
  readonly courses: ReadonlyArray<Course>
  /** What to store for the next time; none if what is stored is up to date. */
  readonly keep: string | undefined
}

/** The courses of a run that was resumed `resumes` times, using what was stored as far as it is still valid. */
export const read = (
  fs: FileSystem.FileSystem,
  run: { readonly path: string; readonly resumes: number },
  kept: string | undefined
): Effect.Effect<Read, RegistryError> => {
  const path = join(run.path, MetricLines.file)
  return Effect.gen(function* () {
    const stamp = yield* stampOf(fs, path)
    const known = Option.getOrUndefined(decode(kept))
    const same = known?.settled === true && known.stamp === textOf(stamp) && known.resumes === run.resumes
    if (known !== undefined && same) return { courses: known.courses.map(toCourse), keep: undefined }
    const goesOn = known !== undefined && (yield* continues(fs, path, stamp, known, run.resumes))
    const now = yield* readFrom(fs, path, stamp, run.resumes, goesOn ? known : undefined)
    return { courses: now.courses.map(toCourse), keep: encode(now) }
  }).pipe(
    Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed({ courses: [], keep: undefined })),
    Effect.mapError(MetricLines.unreadable(path))
  )
}
