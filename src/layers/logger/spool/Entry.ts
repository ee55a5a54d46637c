/** An entry in a spool: one line of JSON; pictures are files beside it. */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

const names = ["NaN", "Infinity", "-Infinity"] as const

/** Any number; those that JSON lacks are written by name. */
const AnyNumber = Schema.Union([Schema.Finite, Schema.Literals(names)]).pipe(
  Schema.decodeTo(
    Schema.Number,
    SchemaTransformation.transform<number, number | (typeof names)[number]>({
      decode: Number,
      encode: (value) =>
        Number.isFinite(value) ? value : (names.find((name) => Number(name) === value) ?? "NaN")
    })
  )
)

const Numbers = Schema.Record(Schema.String, AnyNumber)
const time = Schema.Finite
const step = Schema.Int

export const SpooledScalars = Schema.TaggedStruct("Scalars", { time, step, values: Numbers })
export type SpooledScalars = typeof SpooledScalars.Type

const Box = Schema.Struct({
  minX: Schema.Finite,
  minY: Schema.Finite,
  maxX: Schema.Finite,
  maxY: Schema.Finite,
  label: Schema.String,
  score: Schema.optionalKey(Schema.Finite)
})

export const SpooledImage = Schema.TaggedStruct("Image", {
  time,
  step,
  name: Schema.String,
  /** Path of the PNG, relative to the run directory. */
  file: Schema.String,
  sha256: Schema.String,
  bytes: Schema.Int,
  width: Schema.Int,
  height: Schema.Int,
  caption: Schema.optionalKey(Schema.String),
  boxes: Schema.optionalKey(Schema.Record(Schema.String, Schema.Array(Box)))
})
export type SpooledImage = typeof SpooledImage.Type

export const SpooledHistogram = Schema.TaggedStruct("Histogram", {
  time,
  step,
  name: Schema.String,
  edges: Schema.Array(Schema.Finite),
  counts: Schema.Array(Schema.Finite)
})

export const SpooledTable = Schema.TaggedStruct("Table", {
  time,
  step,
  name: Schema.String,
  table: Schema.Struct({
    columns: Schema.Array(Schema.String),
    rows: Schema.Array(Schema.Array(Schema.Union([Schema.String, AnyNumber, Schema.Boolean, Schema.Null])))
  })
})
export type SpooledTable = typeof SpooledTable.Type

export const SpooledText = Schema.TaggedStruct("Text", {
  time,
  step,
  name: Schema.String,
  text: Schema.String
})

export const SpooledHyperparameters = Schema.TaggedStruct("Hyperparameters", { time, plan: Schema.Json })

export const SpooledArtifact = Schema.TaggedStruct("Artifact", {
  time,
  name: Schema.String,
  /** A file or folder, relative to the run directory; absolute in spools of earlier versions. */
  path: Schema.String,
  aliases: Schema.Array(Schema.String)
})
export type SpooledArtifact = typeof SpooledArtifact.Type

export const SpooledSystem = Schema.TaggedStruct("System", {
  time,
  cpuPercent: Schema.Finite,
  memoryPercent: Schema.Finite,
  memoryUsedMB: Schema.Finite,
  memoryAvailableMB: Schema.Finite,
  processMB: Schema.Finite,
  processPercent: Schema.Finite
})
export type SpooledSystem = typeof SpooledSystem.Type

export const SpooledConsole = Schema.TaggedStruct("Console", {
  time,
  text: Schema.String,
  warning: Schema.Boolean
})
export type SpooledConsole = typeof SpooledConsole.Type

export const SpooledFinish = Schema.TaggedStruct("Finish", {
  time,
  status: Schema.Literals(["done", "failed", "interrupted"]),
  summary: Numbers
})

export type SpooledFinish = typeof SpooledFinish.Type

export const SpooledEntry = Schema.Union([
  SpooledScalars,
  SpooledImage,
  SpooledHistogram,
  SpooledTable,
  SpooledText,
  SpooledHyperparameters,
  SpooledArtifact,
  SpooledSystem,
  SpooledConsole,
  SpooledFinish
])
export type SpooledEntry = typeof SpooledEntry.Type

const decodeAny = Schema.decodeUnknownResult(SpooledEntry)
const encodeAny = Schema.encodeSync(Schema.fromJsonString(SpooledEntry))

/** Numbers that JSON cannot express are rare; without them plain JSON is the same as the schema's. */
const isPlain = (values: SpooledScalars["values"]): boolean => {
  for (const name in values) if (!Number.isFinite(values[name])) return false
  return true
}

const scalarLines = new WeakMap<SpooledScalars, Uint8Array>()

/** Scalars come with every step for every sink, so they are encoded the fast way, and once for all sinks. */
const scalarLine = (entry: SpooledScalars): Uint8Array => {
  const before = scalarLines.get(entry)
  if (before !== undefined) return before
  const text = isPlain(entry.values) ? JSON.stringify(entry) : encodeAny(entry)
  const line = Buffer.from(`${text}\n`)
  scalarLines.set(entry, line)
  return line
}

/** An entry as a line, with its line end. */
export const encode = (entry: SpooledEntry): Uint8Array =>
  entry._tag === "Scalars" ? scalarLine(entry) : Buffer.from(`${encodeAny(entry)}\n`)

const isNumbers = (value: unknown): value is Readonly<Record<string, number>> => {
  if (!Predicate.isObject(value)) return false
  for (const name in value) if (typeof value[name] !== "number") return false
  return true
}

/** Decodes scalars of plain numbers the fast way; undefined for anything else. */
const plainScalars = (value: unknown): SpooledScalars | undefined => {
  if (!Predicate.isObject(value) || value["_tag"] !== "Scalars" || !isNumbers(value["values"]))
    return undefined
  const { time, step } = value
  if (typeof time !== "number" || typeof step !== "number") return undefined
  return { _tag: "Scalars", time, step, values: value["values"] }
}

/** The entry in a line; a failure if there is none, as in a line that a crash truncated. */
export const decode = (line: string): Result.Result<SpooledEntry, unknown> =>
  Result.flatMap(
    Result.try((): unknown => JSON.parse(line)),
    (value): Result.Result<SpooledEntry, unknown> => {
      const scalars = plainScalars(value)
      return scalars === undefined ? decodeAny(value) : Result.succeed(scalars)
    }
  )

/** Identifies what an entry is about, without its values: a resumed run logs some entries again. */
export const keyOf = (entry: SpooledEntry): string => {
  switch (entry._tag) {
    case "Scalars":
      return JSON.stringify(["Scalars", entry.step, Object.keys(entry.values).sort()])
    case "Hyperparameters":
      return JSON.stringify(["Hyperparameters", entry.plan])
    case "Artifact":
      return JSON.stringify(["Artifact", entry.name, entry.time])
    case "Console":
      return JSON.stringify(["Console", entry.time, entry.text])
    case "System":
    case "Finish":
      return JSON.stringify([entry._tag, entry.time])
    default:
      return JSON.stringify([entry._tag, entry.step, entry.name])
  }
}
