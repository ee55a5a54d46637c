/** What a folder of synthetic pictures says of itself: enough to write the same bytes again. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import { names as layouts } from "../format/Names.ts"
import * as Names from "./Names.ts"

export const KIND = "anneal synthetic receipts"

const Part = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Mix = Schema.Struct({
  receipt: Schema.optionalKey(Part),
  document: Schema.optionalKey(Part),
  book: Schema.optionalKey(Part)
})

const Range = Schema.Tuple([Schema.Int, Schema.Int])

export const Pictures = Schema.Struct({
  width: Range,
  height: Range,
  textHeight: Range,
  document: Schema.Union([Schema.Literals([...Names.KINDS, "mixed"]), Mix]),
  level: Schema.Literals(Names.LEVELS),
  difficulty: Schema.Union([Schema.Literals(Names.DIFFICULTIES), Schema.Finite]),
  languages: Schema.Array(Schema.Literals(Names.LANGUAGES)),
  clean: Schema.Boolean
})

export const SynthManifest = Schema.Struct({
  kind: Schema.Literal(KIND),
  /** Version of this file's format. */
  format: Schema.Literal(2),
  /** Of the package that wrote it. */
  version: Schema.String,
  generator: Schema.Int,
  complete: Schema.Boolean,
  count: Schema.Int,
  seed: Schema.Int,
  pictures: Pictures,
  image: Schema.Literals(["jpeg", "png"]),
  /** Of the annotations. */
  layout: Schema.Literals(layouts),
  crops: Schema.NullOr(Schema.Struct({ height: Schema.Int })),
  regions: Schema.Int,
  /**
   * SHA-256, once complete: of what `sha256sum` prints for the pictures, for the crops and for the annotations, in the
   * order in which they were written.
   */
  digests: Schema.NullOr(
    Schema.Struct({
      pictures: Schema.String,
      crops: Schema.NullOr(Schema.String),
      annotations: Schema.String
    })
  )
})
export type SynthManifest = typeof SynthManifest.Type

export const text = (manifest: SynthManifest): string => `${JSON.stringify(manifest, null, 2)}\n`

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(SynthManifest))

/** Reads a manifest whose bytes this version can write again. */
export const read = Effect.fnUntraced(function* (
  file: string
): Effect.fn.Return<SynthManifest, DataError, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const unreadable = (problem: string) =>
    new DataError({
      where: file,
      problem,
      cure: "Name the manifest.json of a folder that anneal data synth wrote."
    })
  const content = yield* fs
    .readFileString(file)
    .pipe(Effect.mapError(({ message }) => unreadable(`it cannot be read (${message})`)))
  const manifest = yield* decode(content).pipe(
    Effect.mapError((error) =>
      unreadable(`it is no manifest of synthetic pictures: ${error.message.split("\n")[0]}`)
    )
  )
  if (manifest.generator === Names.GENERATOR) return manifest
  return yield* new DataError({
    where: file,
    problem: `it was written by anneal ${manifest.version}, whose pictures have other bytes`,
    cure: `Install that version, or draw new pictures from its seed: --seed ${manifest.seed}`
  })
})
