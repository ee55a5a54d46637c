/** Pictures in classes packed into shards, and shards opened in place of a folder. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import type { PlanRefused } from "../../../pipeline/module/TaskModule.ts"
import { placeOf } from "../../../pipeline/picture/Images.ts"
import * as Shards from "../../../pipeline/shards/Shards.ts"
import type * as ShardWriter from "../../../pipeline/shards/ShardWriter.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import type { Catalogue, Entry, PartName, PicturePart, ShardPart } from "./Catalogue.ts"
import type { PictureData } from "./DataPlan.ts"
import * as PartFingerprint from "./PartFingerprint.ts"
import * as Validation from "./Validation.ts"

const TASK = "image_classification"

const Side = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** The JSON of a picture. */
const About = Schema.Struct({
  name: Schema.String,
  /** Name of its class; null where nobody knows. */
  class: Schema.NullOr(Schema.String),
  /** Of a document or an animation, counted from 1. */
  page: Side,
  /** Upright, pixels. */
  size: Schema.Struct({ width: Side, height: Side })
})
export type About = typeof About.Type

const Facts = Schema.Struct({ classes: Schema.NonEmptyArray(Schema.String) })

/** The digest is that of the folder that was packed. */
const PartFacts = Schema.Struct({ fingerprint: Schema.String })

const faulty = (where: string, message: string) =>
  new DataError({
    where,
    problem: `it does not say what image classification needs (${message.replaceAll(/\s+/g, " ")})`,
    cure: "Write the shards again: anneal data pack"
  })

const decode = <A>(schema: Schema.Codec<A, unknown>, value: unknown, where: string) =>
  Schema.decodeUnknownEffect(schema)(value).pipe(Effect.mapError(({ message }) => faulty(where, message)))

export const aboutOf = ({ where, about }: Shards.Sample) =>
  Effect.flatMap(about, (value) => decode(About, value, where))

const sampleOf =
  (classes: ReadonlyArray<string>) =>
  ({ name, path, label, size }: Entry): ShardWriter.Sample => {
    const { file, page } = placeOf(path)
    const { width, height } = size
    return { file, about: { name, class: classes[label] ?? null, page, size: { width, height } } }
  }

const packed = Effect.fnUntraced(function* (
  name: PartName,
  { entries }: PicturePart,
  classes: ReadonlyArray<string>
) {
  const fingerprint = yield* PartFingerprint.ofEntries(entries)
  return { name, samples: entries.map(sampleOf(classes)), facts: { fingerprint } }
})

const isPictures = (part: Catalogue["train"] | undefined): part is PicturePart => part?.kind === "pictures"

/** What a training reads of a plan's data, and what a test does. */
export const pack = Effect.fnUntraced(function* (
  training: Catalogue,
  testing: Catalogue
): Effect.fn.Return<ShardWriter.Packable, DataError, FileSystem.FileSystem> {
  const { classes, train, val } = training
  const parts = { train, val, test: testing.test }
  const made: Array<ShardWriter.Part> = []
  for (const name of ["train", "val", "test"] as const) {
    const part = parts[name]
    if (isPictures(part)) made.push(yield* packed(name, part, classes))
  }
  return { facts: { classes: [...classes] }, parts: made }
})

const indexOf = ({ base }: Shards.Opened): string => `${base}index.json`

const find = (plan: PictureData) => (plan.kind === "folder" ? Shards.find(plan.root, TASK) : Effect.undefined)

const classesOf = Effect.fnUntraced(function* (plan: PictureData, opened: Shards.Opened) {
  const { classes } = yield* decode(Facts, opened.index.anneal.facts, indexOf(opened))
  return yield* Validation.classesOf(plan.classes, classes, indexOf(opened))
})

const partOf = Effect.fnUntraced(function* (
  opened: Shards.Opened,
  part: PartName,
  classes: ReadonlyArray<string>
) {
  const facts = yield* decode(PartFacts, opened.index.anneal.parts[part], indexOf(opened))
  const found: ShardPart = { kind: "shards", opened, part, classes, ...facts }
  return found
})

/** The samples of a plan whose root has shards. */
export const catalogue = Effect.fnUntraced(function* (
  plan: PictureData
): Effect.fn.Return<Catalogue | undefined, DataError | PlanRefused, FileSystem.FileSystem | Path.Path> {
  const opened = yield* find(plan)
  if (opened === undefined) return undefined
  const classes = yield* classesOf(plan, opened)
  const hasTest = Shards.sizeOf(opened, "test") > 0
  const found: Catalogue = {
    classes,
    train: yield* partOf(opened, "train", classes),
    val: yield* partOf(opened, "val", classes),
    test: hasTest ? yield* partOf(opened, "test", classes) : undefined,
    warnings: []
  }
  return found
})

/** The names of the classes of a plan whose root has shards. */
export const classNames = Effect.fnUntraced(function* (plan: PictureData) {
  const opened = yield* find(plan)
  return opened && (yield* classesOf(plan, opened))
})
