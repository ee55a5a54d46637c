/** Data for tests, in folders of their own: idx files, and small pictures that are really encoded. */
import { gzipSync } from "node:zlib"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as WorkersLayer from "../../../src/layers/data/Workers.ts"
import * as CanvasLayer from "../../../src/layers/image/Canvas.ts"
import * as ImageCodecLayer from "../../../src/layers/image/ImageCodec.ts"
import { ImageCodec } from "../../../src/pipeline/picture/Images.ts"
import { Progress } from "../../../src/pipeline/run/Progress.ts"

/** What a task's data may require, but its scope. */
export const services = Layer.provideMerge(
  WorkersLayer.layer,
  Layer.mergeAll(CanvasLayer.layer, ImageCodecLayer.layer, NodeServices.layer, Progress.silent)
)

/** An idx file of unsigned bytes. */
export const idx = (sides: ReadonlyArray<number>, data: ArrayLike<number>): Uint8Array => {
  const bytes = new Uint8Array(4 + 4 * sides.length + data.length)
  const view = new DataView(bytes.buffer)
  bytes.set([0, 0, 8, sides.length])
  for (const [i, side] of sides.entries()) view.setUint32(4 + 4 * i, side)
  bytes.set(Array.from(data), 4 + 4 * sides.length)
  return bytes
}

/** Files by their path within a new folder, which goes with the scope; gives the folder. */
export const folderOf = Effect.fnUntraced(function* (files: {
  readonly [path: string]: Uint8Array | string
}) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = yield* fs.makeTempDirectoryScoped()
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name)
    yield* fs.makeDirectory(path.dirname(file), { recursive: true })
    yield* typeof content === "string" ? fs.writeFileString(file, content) : fs.writeFile(file, content)
  }
  return root
})

/** A PNG of one colour. */
export const png = (colour: readonly [number, number, number], width = 8, height = 8) =>
  Effect.flatMap(ImageCodec, (codec) =>
    codec.encode(
      { width, height, rgb: Uint8Array.from({ length: width * height * 3 }, (_, i) => colour[i % 3] ?? 0) },
      "png"
    )
  )

/** As MNIST's files, gzipped: `count` pictures of 4 × 4 pixels with labels 0, 1, 2, 0, …, each bright in a corner. */
export const digits = (prefix: string, count: number): { readonly [name: string]: Uint8Array } => {
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3)
  const pixels = new Uint8Array(count * 16)
  for (const [i, label] of labels.entries()) {
    pixels.fill(i, i * 16, (i + 1) * 16)
    pixels[i * 16 + label * 5] = 255
  }
  return {
    [`${prefix}-images-idx3-ubyte.gz`]: gzipSync(idx([count, 4, 4], pixels)),
    [`${prefix}-labels-idx1-ubyte.gz`]: gzipSync(idx([count], labels))
  }
}
