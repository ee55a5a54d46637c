/**
 * Writes synthetic receipts to a folder: `images/`, `annotations.json`, `preview/preview_grid.png`, `manifest.json`.
 *
 * The manifest is written first, as incomplete, and again at the end; the annotations appear complete, by a rename,
 * after the last image. So an interrupted run leaves a folder that is marked as incomplete, and no misleading
 * annotations.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Canvas } from "../../../pipeline/picture/Canvas.ts"
import { ImageCodec } from "../../../pipeline/picture/Images.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import type { Annotations, Image } from "../data/Annotations.ts"
import * as AnnotationText from "../data/AnnotationText.ts"
import type { TextImage } from "../data/TextImage.ts"
import * as Pictures from "../picture/Pictures.ts"
import type * as Receipt from "./Receipt.ts"
import * as SynthSource from "./SynthSource.ts"

export interface Options {
  readonly folder: string
  /** Receipts, at least 1. */
  readonly count: number
  readonly seed: number
  readonly format?: "jpeg" | "png"
  readonly receipts?: Partial<Receipt.Options>
  /** Replaces what an earlier run of this program wrote there; other non-empty folders are still refused. */
  readonly overwrite?: boolean
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
    }

const KIND = "anneal synthetic receipts"

export const Manifest = Schema.Struct({
  kind: Schema.Literal(KIND),
  /** Version of this file's format. */
  format: Schema.Literal(1),
  complete: Schema.Boolean,
  count: Schema.Int,
  seed: Schema.Int,
  receipts: Schema.Struct({
    width: Schema.Array(Schema.Int),
    height: Schema.Array(Schema.Int),
    textHeight: Schema.Array(Schema.Finite)
  }),
  regions: Schema.Int
})

const decodeKind = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ kind: Schema.Literal(KIND) }))
)

/** How many receipts are in the preview, three per row. */
const PREVIEWED = 9

const unwritable = (where: string) => (error: { readonly message: string }) =>
  new DataError({
    where,
    problem: `it cannot be written (${error.message})`,
    cure: "Choose another folder, or make room, or get permission to write there."
  })

/** What an earlier run wrote; nothing else is ever removed. */
const OURS = ["annotations.json", "images", "preview", "manifest.json"]

const clear = Effect.fnUntraced(function* (folder: string, options: Options) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (!(yield* fs.exists(folder)) || (yield* fs.readDirectory(folder)).length === 0) return
  const earlier = yield* fs.readFileString(path.join(folder, "manifest.json")).pipe(
    Effect.map((text) => Option.isSome(decodeKind(text))),
    Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed(false))
  )
  if (!earlier) {
    return yield* new DataError({
      where: folder,
      problem: "the folder is not empty, and its contents are not from anneal",
      cure: "Choose a new folder."
    })
  }
  if (options.overwrite !== true) {
    return yield* new DataError({
      where: folder,
      problem: "the folder contains synthetic receipts of an earlier run",
      cure: "Choose a new folder, or replace them with overwrite=true."
    })
  }
  for (const name of OURS) yield* fs.remove(path.join(folder, name), { recursive: true, force: true })
})

const writeWhole = Effect.fnUntraced(function* (file: string, content: string) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.writeFileString(`${file}.part`, content)
  yield* fs.rename(`${file}.part`, file)
})

const manifest = (options: Options, complete: boolean, regions: number): string => {
  const { width, height, textHeight } = { ...SynthSource.DEFAULTS, ...options.receipts }
  const { count, seed } = options
  const value: typeof Manifest.Type = {
    kind: KIND,
    format: 1,
    complete,
    count,
    seed,
    receipts: { width, height, textHeight },
    regions
  }
  return `${JSON.stringify(value, null, 2)}\n`
}

const annotation = ({ width, height, regions }: TextImage): Image => ({
  img_w: width,
  img_h: height,
  words: Object.fromEntries(
    regions.map(({ id, polygon, ignore, transcription }) => [
      id,
      {
        points: polygon.map(([x, y]) => [x, y] as const),
        ...(transcription === undefined ? {} : { transcription }),
        ...(ignore ? { illegibility: true } : {})
      }
    ])
  )
})

/** What the run has collected for the files written last. */
interface Gathered {
  readonly images: Record<string, Image>
  readonly preview: Array<TextImage>
  regions: number
}

const finish = Effect.fnUntraced(function* (folder: string, options: Options, gathered: Gathered) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const codec = yield* ImageCodec
  const annotations: Annotations = { images: gathered.images }
  const grid = yield* Pictures.grid(gathered.preview, 3)
  yield* fs.makeDirectory(path.join(folder, "preview"))
  yield* fs.writeFile(path.join(folder, "preview", "preview_grid.png"), yield* codec.encode(grid, "png"))
  yield* writeWhole(path.join(folder, "annotations.json"), AnnotationText.encode(annotations))
  yield* writeWhole(path.join(folder, "manifest.json"), manifest(options, true, gathered.regions))
  return {
    _tag: "FolderWritten",
    folder,
    images: Object.keys(gathered.images).length,
    regions: gathered.regions
  } satisfies Event
})

/**
 * One event per receipt and one at the end. Fails with the name of the folder if it is not empty or cannot be
 * written.
 */
export const write = (
  options: Options
): Stream.Stream<Event, DataError, FileSystem.FileSystem | Path.Path | ImageCodec | Canvas> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const codec = yield* ImageCodec
      const folder = path.resolve(options.folder)
      const format = options.format ?? "jpeg"
      const failed = unwritable(folder)
      const named = <A, R>(effect: Effect.Effect<A, { readonly message: string } | DataError, R>) =>
        Effect.mapError(effect, (error) => (error instanceof DataError ? error : failed(error)))
      const gathered: Gathered = { images: {}, preview: [], regions: 0 }

      yield* named(
        Effect.gen(function* () {
          yield* clear(folder, options)
          yield* fs.makeDirectory(path.join(folder, "images"), { recursive: true })
          yield* writeWhole(path.join(folder, "manifest.json"), manifest(options, false, 0))
        })
      )
      const source = yield* SynthSource.make("receipt", {
        ...options.receipts,
        size: options.count,
        seed: options.seed
      })
      const one = Effect.fnUntraced(function* (index: number) {
        const image = yield* source.image(0, index)
        const name = `receipt_${String(index + 1).padStart(5, "0")}.${format === "jpeg" ? "jpg" : "png"}`
        yield* fs.writeFile(path.join(folder, "images", name), yield* codec.encode(image, format))
        gathered.images[name] = annotation(image)
        gathered.regions += image.regions.length
        if (gathered.preview.length < PREVIEWED) gathered.preview.push(image)
        yield* Effect.yieldNow
        return { _tag: "ReceiptWritten", name, written: index + 1, count: options.count } satisfies Event
      })
      return Stream.range(0, options.count - 1).pipe(
        Stream.mapEffect((index) => named(one(index))),
        Stream.concat(Stream.fromEffect(Effect.suspend(() => named(finish(folder, options, gathered)))))
      )
    })
  )
