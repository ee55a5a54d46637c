/** A folder with a saved `tf.LayersModel`: `model.json`, and the files of weights that it names. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
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

export interface Saved {
  readonly topology: { readonly [key: string]: unknown }
  /** Values by their names in the file. */
  readonly values: ReadonlyMap<string, Float32Array>
}

/** IEEE 754 binary16, exactly. */
const half = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

interface Stored {
  /** Bytes of a value. */
  readonly width: number
  readonly read: (buffer: ArrayBuffer) => Float32Array
}

const kinds: Readonly<Record<string, Stored>> = {
  float32: { width: 4, read: (buffer) => new Float32Array(buffer) },
  float16: { width: 2, read: (buffer) => Float32Array.from(new Uint16Array(buffer), half) },
  uint16: { width: 2, read: (buffer) => Float32Array.from(new Uint16Array(buffer)) },
  uint8: { width: 1, read: (buffer) => Float32Array.from(new Uint8Array(buffer)) }
}

const kindOf = ({ dtype, quantization }: Entry): Stored | undefined =>
  dtype === "float32" ? kinds[quantization?.dtype ?? dtype] : undefined

const restored = ({ quantization }: Entry, values: Float32Array): Float32Array => {
  const { scale = 1, min = 0 } = quantization ?? {}
  return scale === 1 && min === 0 ? values : values.map((value) => value * scale + min)
}

/** The values of a group, whose files follow one another as one. */
const decoded = Effect.fnUntraced(function* (model: string, { paths, weights }: Group, bytes: Uint8Array) {
  const values: Array<readonly [string, Float32Array]> = []
  let at = 0
  for (const entry of weights) {
    const kind = kindOf(entry)
    if (kind === undefined) {
      const problem = `the weight "${entry.name}" has values of type ${entry.dtype}`
      return yield* new LayersModelError({ model, problem, cure: "Save it with weights of type float32." })
    }
    const end = at + kind.width * sizeOf(entry.shape)
    values.push([entry.name, restored(entry, kind.read(Uint8Array.from(bytes.subarray(at, end)).buffer))])
    at = end
  }
  if (at === bytes.length) return values
  return yield* new LayersModelError({
    model,
    problem: `its weights have ${at} bytes, and ${paths.join(", ")} ${bytes.length}`,
    cure: "Copy the folder again, or save the model again."
  })
})

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
  const bytesOf = (file: string) =>
    Effect.mapError(fs.readFile(`${folder}/${file}`), refused(file, "cannot be read"))
  const values = yield* Effect.forEach(weightsManifest, (group) =>
    Effect.forEach(group.paths, bytesOf).pipe(Effect.flatMap((parts) => decoded(model, group, joined(parts))))
  )
  const saved: Saved = { topology: modelTopology, values: new Map(values.flat()) }
  return saved
})
