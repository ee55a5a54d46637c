/**
 * Writes synthetic pictures to a folder: `images/`, the annotations, `preview/preview_grid.png`, `manifest.json`, and
 * if asked `crops/` with `labels.txt`.
 *
 * The manifest is written first, as incomplete, and again at the end; the annotations appear complete, by a rename,
 * after the last image. So an interrupted run leaves a folder that is marked as incomplete, and no misleading
 * annotations; its journal has what was drawn, so that a run with `resume` goes on from there.
 */
import { createHash } from "node:crypto"
import { extname } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Canvas } from "../../../pipeline/picture/Canvas.ts"
import { ImageCodec } from "../../../pipeline/picture/Images.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Folder from "../../../pipeline/task/Folder.ts"
import { Workers } from "../../../pipeline/task/Workers.ts"
import * as Annotations from "../data/Annotations.ts"
import * as AnnotationText from "../data/AnnotationText.ts"
import type { TextImage } from "../data/TextImage.ts"
import * as Format from "../format/All.ts"
import type { Writable, Written } from "../format/Format.ts"
import type { names as layouts } from "../format/Names.ts"
import * as Pictures from "../picture/Pictures.ts"
import * as Made from "./Made.ts"
import { GENERATOR } from "./Names.ts"
import type * as Picture from "./Picture.ts"
import { KIND, text as manifestText, type SynthManifest } from "./SynthManifest.ts"
import * as SynthSource from "./SynthSource.ts"

export interface Options {
  readonly folder: string
  /** Pictures, at least 1. */
  readonly count: number
  readonly seed: number
  readonly format?: "jpeg" | "png"
  readonly pictures?: Partial<Picture.Options>
  /** Layout of the annotations, default anneal. */
  readonly layout?: (typeof layouts)[number]
  /** Cuts each text out into a picture of this height, pixels; absent: no crops. */
  readonly crops?: { readonly height: number }
  /** Replaces what an earlier run of this program wrote there; other non-empty folders are still refused. */
  readonly overwrite?: boolean
  /** Goes on where an interrupted run with the same options stopped. */
  readonly resume?: boolean
}

export type Event =
  | {
      readonly _tag: "ReceiptWritten"
      readonly name: string
      readonly written: number
      readonly count: number
    }
  | {
      readonly _tag: "FolderWritten"
      readonly folder: string
      readonly images: number
      readonly regions: number
      readonly crops: number
    }

const decodeKind = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ kind: Schema.Literal(KIND) }))
)

/** How many pictures are in the preview, three per row. */
const PREVIEWED = 9

const unwritable = (where: string) => (error: { readonly message: string }) =>
  new DataError({
    where,
    problem: `it cannot be written (${error.message})`,
    cure: "Choose another folder, or make room, or get permission to write there."
  })

const named =
  (folder: string) =>
  <A, R>(effect: Effect.Effect<A, { readonly message: string } | DataError, R>) =>
    Effect.mapError(effect, (error) => (error instanceof DataError ? error : unwritable(folder)(error)))

const JOURNAL = "journal.jsonl"

/** The options with every default in its place. */
const picturesOf = (pictures: Partial<Picture.Options> = {}): SynthManifest["pictures"] => {
  const { document = "receipt" } = pictures
  return {
    level: "line",
    difficulty: "medium",
    languages: ["en"],
    clean: false,
    ...SynthSource.usual(document),
    ...pictures,
    document: typeof document === "object" ? definedOnly(document) : document
  }
}

/** The manifest before the first picture: what a run with these options will write. */
const manifestOf = Effect.fnUntraced(function* (options: Options) {
  const { default: own } = yield* Effect.promise(
    () => import("anneal/package.json", { with: { type: "json" } })
  )
  return {
    kind: KIND,
    format: 2,
    version: own.version,
    generator: GENERATOR,
    complete: false,
    count: options.count,
    seed: options.seed,
    pictures: picturesOf(options.pictures),
    image: options.format ?? "jpeg",
    layout: options.layout ?? "anneal",
    crops: options.crops === undefined ? null : { height: options.crops.height },
    regions: 0,
    digests: null
  } satisfies SynthManifest
})

const definedOnly = ({
  receipt = 0,
  document = 0,
  book = 0
}: Exclude<Picture.Options["document"], string | undefined>) => ({
  receipt,
  document,
  book
})

const CropRow = Schema.Struct({ name: Schema.String, text: Schema.String, digest: Schema.String })

/** A line of the journal: a picture that is written. */
const Row = Schema.Struct({
  name: Schema.String,
  digest: Schema.String,
  annotation: Annotations.Image,
  crops: Schema.Array(CropRow)
})
type Row = typeof Row.Type

const RowText = Schema.fromJsonString(Row)
const decodeRow = Schema.decodeUnknownOption(RowText)
const encodeRow = Schema.encodeSync(RowText)

/** What the run has collected for the files written last. */
interface Gathered {
  readonly rows: Array<Row>
  readonly preview: Array<TextImage>
}

interface Place {
  readonly folder: string
  readonly manifest: SynthManifest
}

const readText = (file: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readFileString(file)).pipe(
    Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed(""))
  )

const refused = (where: string, problem: string, cure: string) =>
  Effect.fail(new DataError({ where, problem, cure }))

/** What an earlier run wrote; nothing else is ever removed. */
const OURS = ["images", "crops", "labels.txt", "preview", JOURNAL, "annotations.json"]

const remove = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const listed = decodeFiles(yield* readText(path.join(folder, FILES)))
  const files = Option.match(listed, { onNone: () => [], onSome: ({ files }) => files })
  // The file or the folder of annotations, which is directly in ours.
  const written = files
    .flatMap((name) => name.split(/[\\/]/).slice(0, 1))
    .filter((name) => !/^\.*$/.test(name))
  for (const name of [...new Set([...OURS, ...written]), "manifest.json"]) {
    yield* fs.remove(path.join(folder, name), { recursive: true, force: true })
  }
})

/** Names of the annotation files in other layouts than Anneal's, by which they are removed. */
const FILES = "preview/annotation_files.json"

const decodeFiles = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ files: Schema.Array(Schema.String) }))
)

/** The rows of an interrupted run with the same options, in order; pictures behind a broken line are drawn again. */
const earlierRows = Effect.fnUntraced(function* ({ folder, manifest }: Place, earlier: string) {
  const path = yield* Path.Path
  if (earlier !== manifestText(manifest)) {
    return yield* refused(
      folder,
      "the run there is complete, or had other options",
      "Repeat the options that it had, or choose a new folder."
    )
  }
  const rows: Array<Row> = []
  for (const line of (yield* readText(path.join(folder, JOURNAL))).split("\n")) {
    const row = decodeRow(line)
    if (Option.isNone(row)) break
    rows.push(row.value)
  }
  return rows.slice(0, manifest.count)
})

/** Leaves the folder empty, or as the interrupted run left it. Gives what is drawn already. */
const begin = Effect.fnUntraced(function* (options: Options, { folder, manifest }: Place) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const earlier = yield* readText(path.join(folder, "manifest.json"))
  const empty = !(yield* fs.exists(folder)) || (yield* fs.readDirectory(folder)).length === 0
  if (empty) return []
  if (Option.isNone(decodeKind(earlier))) {
    return yield* refused(
      folder,
      "the folder is not empty, and its contents are not from anneal",
      "Choose a new folder."
    )
  }
  if (options.resume === true) return yield* earlierRows({ folder, manifest }, earlier)
  if (options.overwrite !== true) {
    return yield* refused(
      folder,
      "the folder contains synthetic pictures of an earlier run",
      "Choose a new folder, or replace them with overwrite=true, or go on with an interrupted run with resume=true."
    )
  }
  yield* remove(folder)
  return []
})

const writeWhole = Effect.fnUntraced(function* (file: string, content: string) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.writeFileString(`${file}.part`, content)
  yield* fs.rename(`${file}.part`, file)
})

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

/** As `sha256sum` prints them. */
const sums = (files: ReadonlyArray<{ readonly name: string; readonly digest: string }>): string =>
  sha256(files.map(({ name, digest }) => `${digest}  ${name}\n`).join(""))

const writable = ({ name, annotation: { img_w = 0, img_h = 0, words } }: Row): Writable => ({
  picture: name,
  width: img_w,
  height: img_h,
  marks: Object.entries(words ?? {}).map(([id, { points, transcription, illegibility }]) => ({
    id,
    points,
    ...(typeof transcription === "string" ? { transcription } : {}),
    ...(illegibility === true ? { illegible: true } : {})
  }))
})

/** The files of the annotations: one in Anneal's own layout, one or many in others. */
const annotationFiles = (
  layout: SynthManifest["layout"],
  rows: ReadonlyArray<Row>
): ReadonlyArray<Written> => {
  if (layout !== "anneal") return Format.byName[layout].write?.(rows.map(writable)) ?? []
  const images = Object.fromEntries(rows.map(({ name, annotation }) => [name, annotation]))
  return [{ name: "annotations.json", text: AnnotationText.encode({ images }) }]
}

const finish = Effect.fnUntraced(function* ({ folder, manifest }: Place, { rows, preview }: Gathered) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const codec = yield* ImageCodec
  const grid = yield* Pictures.grid(preview, 3)
  yield* Folder.make(path.join(folder, "preview"))
  yield* fs.writeFile(path.join(folder, "preview", "preview_grid.png"), yield* codec.encode(grid, "png"))
  const files = annotationFiles(manifest.layout, rows)
  if (manifest.layout !== "anneal") {
    yield* writeWhole(path.join(folder, FILES), JSON.stringify({ files: files.map(({ name }) => name) }))
  }
  for (const { name, text } of files) {
    yield* Folder.make(path.dirname(path.join(folder, name)))
    yield* writeWhole(path.join(folder, name), text)
  }
  const crops = rows.flatMap((row) => row.crops)
  if (manifest.crops !== null) {
    const labels = crops.map(({ name, text }) => `${name}\t${text}\n`).join("")
    yield* writeWhole(path.join(folder, "labels.txt"), labels)
  }
  const regions = rows.reduce((sum, { annotation }) => sum + Object.keys(annotation.words ?? {}).length, 0)
  const digests = {
    pictures: sums(rows.map(({ name, digest }) => ({ name: `images/${name}`, digest }))),
    crops: manifest.crops === null ? null : sums(crops),
    annotations: sums(files.map(({ name, text }) => ({ name, digest: sha256(text) })))
  }
  yield* writeWhole(
    path.join(folder, "manifest.json"),
    manifestText({ ...manifest, complete: true, regions, digests })
  )
  yield* fs.remove(path.join(folder, JOURNAL), { force: true })
  return { _tag: "FolderWritten", folder, images: rows.length, regions, crops: crops.length } satisfies Event
})

/** Writes a picture and its crops, and then its line in the journal. */
const writeOne = Effect.fnUntraced(function* ({ folder, manifest }: Place, index: number, made: Made.Made) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const stem = `receipt_${String(index + 1).padStart(5, "0")}`
  const name = `${stem}.${manifest.image === "jpeg" ? "jpg" : "png"}`
  yield* fs.writeFile(path.join(folder, "images", name), made.bytes)
  const crops = made.crops.map(({ id, text, digest, bytes }) => ({
    row: { name: `crops/${stem}_${id}.png`, text, digest },
    bytes
  }))
  for (const { row, bytes } of crops) yield* fs.writeFile(path.join(folder, row.name), bytes)
  const row: Row = {
    name,
    digest: made.digest,
    annotation: made.annotation,
    crops: crops.map(({ row }) => row)
  }
  yield* fs.writeFileString(path.join(folder, JOURNAL), `${encodeRow(row)}\n`, { flag: "a" })
  return row
})

const setupOf = ({ manifest }: Place): Made.Setup => {
  const { count, seed, pictures, image, crops } = manifest
  return { count, seed, pictures, format: image, crops: crops ?? undefined, previewed: PREVIEWED }
}

/** The threads share the fonts that are loaded here, before they draw. */
const inThreads = Effect.fnUntraced(function* (setup: Made.Setup, threads: number) {
  const workers = yield* Workers
  yield* SynthSource.prepare(setup.pictures)
  return yield* workers.open<Made.Setup, Made.Sets>({
    // The same name in every form this module takes: .ts here, .js in the library, .mjs in the bundle.
    module: new URL(`./synthWorker${extname(import.meta.url)}`, import.meta.url),
    setup,
    threads,
    known: { pictures: Made.described(setup.count) }
  })
})

/** Empties the folder or not, and writes the manifest of a run that is not complete. */
const prepared = Effect.fnUntraced(function* (options: Options, place: Place) {
  const path = yield* Path.Path
  const { folder, manifest } = place
  const rows = yield* begin(options, place)
  yield* Folder.make(path.join(folder, "images"))
  if (manifest.crops !== null) yield* Folder.make(path.join(folder, "crops"))
  yield* writeWhole(path.join(folder, "manifest.json"), manifestText(manifest))
  yield* writeWhole(path.join(folder, JOURNAL), rows.map((row) => `${encodeRow(row)}\n`).join(""))
  return rows
})

type Needs = Canvas | FileSystem.FileSystem | ImageCodec | Path.Path

/** Writes the pictures of `open`, a few of them at a time, in order. */
const written = <R>(
  options: Options,
  open: (setup: Made.Setup) => Effect.Effect<Made.Sets, DataError, R>,
  concurrency: number
): Stream.Stream<Event, DataError, Needs | Exclude<R, Scope.Scope>> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const path = yield* Path.Path
      const folder = path.resolve(options.folder)
      const place: Place = { folder, manifest: yield* manifestOf(options) }
      const { count } = options
      const safe = named(folder)
      const earlier = yield* safe(prepared(options, place))
      const { pictures } = yield* open(setupOf(place))
      const gathered: Gathered = { rows: [...earlier], preview: [] }
      const one = Effect.fnUntraced(function* (index: number, made: Made.Made) {
        if (made.preview !== undefined) gathered.preview.push(made.preview)
        const row = gathered.rows[index] ?? (yield* writeOne(place, index, made))
        if (index >= gathered.rows.length) gathered.rows.push(row)
        yield* Effect.yieldNow
        return { _tag: "ReceiptWritten", name: row.name, written: index + 1, count } satisfies Event
      })
      const missing = Array.from({ length: count - earlier.length }, (_, i) => earlier.length + i)
      // Pictures of the preview are drawn again: only their pixels are missing.
      const again = Array.from({ length: Math.min(PREVIEWED, earlier.length) }, (_, i) => i)
      return Stream.fromIterable([...again, ...missing]).pipe(
        Stream.mapEffect((index) => Effect.map(pictures.batch(0, index), (made) => ({ index, made })), {
          concurrency
        }),
        Stream.mapEffect(({ index, made }) => safe(one(index, made))),
        Stream.concat(Stream.fromEffect(Effect.suspend(() => safe(finish(place, gathered)))))
      )
    })
  )

/**
 * One event per picture, in order, and one at the end. Fails with the name of the folder if it is not empty or cannot
 * be written.
 */
export const write = (options: Options): Stream.Stream<Event, DataError, Needs> =>
  written(options, Made.dataset, 1)

/** As `write`, drawing in so many threads, at least 1: the bytes are the same for any number. */
export const writeInWorkers = (
  options: Options,
  threads: number
): Stream.Stream<Event, DataError, Needs | Workers> =>
  // Two for each thread, so that none waits until a picture is written.
  written(options, (setup) => inThreads(setup, threads), 2 * threads)

/** The options by which a manifest's folder was written. */
export const optionsOf = ({ count, seed, pictures, image, layout, crops }: SynthManifest) => ({
  count,
  seed,
  pictures,
  format: image,
  layout,
  ...(crops === null ? {} : { crops })
})
