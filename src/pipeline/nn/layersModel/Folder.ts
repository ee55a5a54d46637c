/** A folder with a saved `tf.LayersModel`: `model.json`, and the files of weights that it names. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import * as Half from "../../internal/Half.ts"
import { sizeOf } from "../HostTensor.ts"
import { LayersModelError } from "./LayersModelError.ts"

/** `value · scale + min`, as the converter stores weights in fewer bits. */
const Quantization = Schema.Struct({
  dtype: Schema.Literals(["uint8", "uint16", "float16"]),
  scale: Schema.optionalKey(Schema.Finite),
  min: Schema.optionalKey(Schema.Finite)
})

const Entry = Schema.Struct({
  name: Schema.String,
  shape: Schema.Array(Schema.Int),
  dtype: Schema.String,
  quantization: Schema.optionalKey(Quantization)
})
type Entry = typeof Entry.Type

const Group = Schema.Struct({ paths: Schema.Array(Schema.String), weights: Schema.Array(Entry) })
type Group = typeof Group.Type

const ModelFile = Schema.fromJsonString(
  Schema.Struct({
    modelTopology: Schema.Record(Schema.String, Schema.Unknown),
    weightsManifest: Schema.Array(Group)
  })
)

/** Of a weight. */
export interface Values {
  readonly data: Float32Array
  readonly shape: ReadonlyArray<number>
}

export interface Saved {
  readonly topology: { readonly [key: string]: unknown }
  /** By their names in the file. */
  readonly values: ReadonlyMap<string, Values>
}

interface Stored {
  /** Bytes of a value. */
  readonly width: number
  readonly read: (buffer: ArrayBuffer) => Float32Array
}

const kinds: Readonly<Record<string, Stored>> = {
  float32: { width: 4, read: (buffer) => new Float32Array(buffer) },
  float16: { width: 2, read: (buffer) => Float32Array.from(new Uint16Array(buffer), Half.toNumber) },
  uint16: { width: 2, read: (buffer) => Float32Array.from(new Uint16Array(buffer)) },
  uint8: { width: 1, read: (buffer) => Float32Array.from(new Uint8Array(buffer)) }
}

const kindOf = ({ dtype, quantization }: Entry): Stored | undefined =>
  dtype === "float32" ? kinds[quantization?.dtype ?? dtype] : undefined

const restored = ({ quantization }: Entry, values: Float32Array): Float32Array => {
  const { scale = 1, min = 0 } = quantization ?? {}
  return scale === 1 && min === 0 ? values : values.map((value) => value * scale + min)
}

const widthOf = (entry: Entry): number => (kindOf(entry)?.width ?? 0) * sizeOf(entry.shape)

/** The values of a group's bytes, which hold as many as it declares. */
const decoded = ({ weights }: Group, bytes: Uint8Array): ReadonlyArray<readonly [string, Values]> => {
  let at = 0
  return weights.map((entry) => {
    const begin = at
    at += widthOf(entry)
    const { buffer } = Uint8Array.from(bytes.subarray(begin, at))
    const data = restored(entry, kindOf(entry)?.read(buffer) ?? new Float32Array())
    return [entry.name, { data, shape: entry.shape }]
  })
}

/** Why the bytes cannot be those of a group. */
const problemOf = ({ paths, weights }: Group, bytes: Uint8Array): string | undefined => {
  const strange = weights.find((entry) => kindOf(entry) === undefined)
  if (strange !== undefined)
    return `the weight ${strange.name} has values of type ${strange.dtype}, not float32`
  const wanted = weights.reduce((sum, entry) => sum + widthOf(entry), 0)
  return wanted === bytes.length
    ? undefined
    : `its weights have ${wanted} bytes, and ${paths.join(", ")} ${bytes.length}`
}

const joined = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Reads `model.json` and its weights. */
export const read = Effect.fnUntraced(function* (model: string, folder: string) {
  const fs = yield* FileSystem.FileSystem
  const refused = (file: string, why: string) => (error: { readonly message: string }) =>
    new LayersModelError({
      model,
      problem: `${folder}/${file} ${why}: ${error.message}`,
      cure: "Name the folder that `model.save` or tensorflowjs_converter wrote, with all of its files."
    })
  const text = yield* Effect.mapError(
    fs.readFileString(`${folder}/model.json`),
    refused("model.json", "cannot be read")
  )
  const { modelTopology, weightsManifest } = yield* Effect.mapError(
    Schema.decodeEffect(ModelFile)(text),
    refused("model.json", "is no saved layers model")
  )
  const values = yield* Effect.forEach(weightsManifest, (group) =>
    Effect.gen(function* () {
      const files = yield* Effect.forEach(group.paths, (file) =>
        Effect.mapError(fs.readFile(`${folder}/${file}`), refused(file, "cannot be read"))
      )
      const bytes = joined(files)
      const problem = problemOf(group, bytes)
      return problem === undefined
        ? decoded(group, bytes)
        : yield* new LayersModelError({
            model,
            problem,
            cure: "Save the model again, or copy the whole folder."
          })
    })
  )
  const saved: Saved = { topology: modelTopology, values: new Map(values.flat()) }
  return saved
})
