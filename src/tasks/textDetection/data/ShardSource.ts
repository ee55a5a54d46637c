/** Annotated pictures in shards: what is written about each, and the source that reads them. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { type ImageCodec, placeOf } from "../../../pipeline/picture/Images.ts"
import type { PartName } from "../../../pipeline/shards/ShardIndex.ts"
import * as Shards from "../../../pipeline/shards/Shards.ts"
import type * as ShardWriter from "../../../pipeline/shards/ShardWriter.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import type { Entry } from "./FolderCheck.ts"
import * as FolderSource from "./FolderSource.ts"
import type { ImageSource } from "./TextImage.ts"

const Side = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
const Size = Schema.Struct({ width: Side, height: Side })

/** The JSON of a picture: its regions are in pixels of the upright picture, whose size is `size`. */
const About = Schema.Struct({
  name: Schema.String,
  /** Of a document or an animation, counted from 1. */
  page: Side,
  size: Size,
  regions: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      polygon: Schema.Array(Schema.Tuple([Schema.Finite, Schema.Finite])),
      ignore: Schema.Boolean,
      transcription: Schema.optionalKey(Schema.String)
    })
  )
})

/** What is known of a part before it is read. */
const Facts = Schema.Struct({
  /** Sizes of pictures, among them those that take most memory. */
  sizes: Schema.Array(Size),
  /** Regions that somebody can read. */
  legible: Schema.Int,
  /** Digest of the names, sizes and regions, which is that of the folder that was packed. */
  fingerprint: Schema.String
})
export type Facts = typeof Facts.Type

export const toSample = ({ name, path, size, regions }: Entry): ShardWriter.Sample => {
  const { file, page } = placeOf(path)
  const about: typeof About.Encoded = { name, page, size, regions }
  return { file, about: Schema.encodeSync(Schema.toCodecJson(About))(about) }
}

/** Of a size for each width to height, in hundredths: memory depends on that, and on the largest. */
export const factsOf = (entries: ReadonlyArray<Entry>, fingerprint: string): Facts => {
  const sizes = new Map<number, Entry["size"]>()
  for (const { size } of entries) {
    const shape = Math.round((100 * size.width) / size.height)
    const known = sizes.get(shape)
    if (known === undefined || known.width < size.width) sizes.set(shape, size)
  }
  const legible = entries.reduce(
    (sum, { regions }) => sum + regions.filter(({ ignore }) => !ignore).length,
    0
  )
  return { sizes: [...sizes.values()], legible, fingerprint }
}

const faulty = (where: string, message: string) =>
  new DataError({
    where,
    problem: `it does not say what text detection needs (${message.replaceAll(/\s+/g, " ")})`,
    cure: "Write the shards again: anneal data pack"
  })

/** The part of shards that stands for a set: validation for tests, where there is nothing else. */
export const partOf = (opened: Shards.Opened, set: PartName): PartName =>
  set === "test" && Shards.sizeOf(opened, "test") === 0 ? "val" : set

export const facts = (opened: Shards.Opened, set: PartName): Effect.Effect<Facts, DataError> =>
  Schema.decodeUnknownEffect(Facts)(opened.index.anneal.parts[partOf(opened, set)]).pipe(
    Effect.catch(({ message }) =>
      Shards.sizeOf(opened, partOf(opened, set)) === 0
        ? Effect.succeed({ sizes: [], legible: 0, fingerprint: "" })
        : Effect.fail(faulty(`${opened.base}index.json`, message))
    )
  )

export const make = (
  set: PartName,
  opened: Shards.Opened,
  options: FolderSource.Options
): Effect.Effect<ImageSource, DataError, ImageCodec | FileSystem.FileSystem> => {
  const { size, sample } = Shards.reader(opened, partOf(opened, set))
  const stored = Effect.fnUntraced(function* (index: number) {
    const { where, file, about } = yield* sample(index)
    const { page, ...entry } = yield* Schema.decodeUnknownEffect(About)(yield* about).pipe(
      Effect.catchTag("SchemaError", ({ message }) => Effect.fail(faulty(where, message)))
    )
    const path = page === 1 ? where : `${where}#page=${page}`
    const found: FolderSource.Stored = {
      entry,
      page,
      content: Effect.succeed(file.content),
      picture: Effect.map(file.read, (bytes) => ({ path, bytes }))
    }
    return found
  })
  return FolderSource.ofStored(set, size, stored, options)
}
