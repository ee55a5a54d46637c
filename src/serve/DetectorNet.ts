/** A detector's net in a service: from pictures to probabilities, by ONNX Runtime or by an engine. */
import { join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { PathError } from "../internal/PathError.ts"
import * as OnnxRuntime from "../layers/export/OnnxRuntime.ts"
import { Device } from "../pipeline/device/Device.ts"
import * as HostTensor from "../pipeline/nn/HostTensor.ts"
import * as BestCheckpoint from "../runs/BestCheckpoint.ts"
import * as Loading from "../runs/Loading.ts"
import * as Trained from "../runs/Trained.ts"
import DetectionModule from "../tasks/textDetection/DetectionModule.ts"
import { PostProcessOptions } from "../tasks/textDetection/postprocess/PostProcessOptions.ts"
import * as TextDetection from "../tasks/textDetection/TextDetection.ts"

/** There is no detector at the path. */
export class DetectorMissing extends PathError.extend<DetectorMissing>("DetectorMissing")({
  _tag: Schema.tag("DetectorMissing")
}) {}

export interface DetectorNet {
  /** `onnxruntime`, or the engine's name. */
  readonly runtime: string
  /** Both sides of a picture are multiples of it, pixels. */
  readonly multiple: number
  /** Long side that it was trained for, pixels. */
  readonly longSide: number
  readonly postprocess: PostProcessOptions
  /** Of RGB pictures `[batch, height, width, 3]`, uint8: `[batch · height · width]`, in [0, 1]. */
  readonly probability: (
    pictures: HostTensor.HostTensor
  ) => Effect.Effect<Float32Array, { readonly message: string }>
}

/** What an export says of a detector in `config.json`. */
const Config = Schema.fromJsonString(
  Schema.Struct({
    model_type: Schema.Literal("text_detection"),
    long_side: Schema.Int,
    size_multiple: Schema.Int,
    postprocess: PostProcessOptions
  })
)

export const missing = (path: string, problem: string) =>
  new DetectorMissing({ path, problem, cure: "Name the folder of an export to ONNX, or a checkpoint" })

const text = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.readFileString(path).pipe(Effect.mapError(({ message }) => missing(path, message)))
})

const bytes = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.readFile(path).pipe(Effect.mapError(({ message }) => missing(path, message)))
})

/** Channels of whole pictures apart, as ONNX has them. */
const planes = ({ data, shape }: HostTensor.HostTensor): Float32Array => {
  const [batch = 0, height = 0, width = 0] = shape
  const pixels = height * width
  const made = new Float32Array(data.length)
  for (let plane = 0; plane < batch * RGB; plane++) {
    const from = Math.floor(plane / RGB) * pixels * RGB + (plane % RGB)
    for (let i = 0; i < pixels; i++) made[plane * pixels + i] = data[from + i * RGB] ?? 0
  }
  return made
}

/** Channels of a picture. */
const RGB = 3

const isFloats = (data: HostTensor.HostData): data is Float32Array => data instanceof Float32Array

const floats = (tensor: HostTensor.HostTensor | undefined): Float32Array =>
  tensor !== undefined && isFloats(tensor.data) ? tensor.data : new Float32Array(0)

export interface OnnxOptions {
  /** Threads that compute; the runtime's own choice by default. */
  readonly threads?: number | undefined
  /** The file with weights of 8 bits. Default false. */
  readonly int8?: boolean | undefined
}

/** An export, run by ONNX Runtime. */
export const fromOnnx = Effect.fn("DetectorNet.fromOnnx")(function* (
  folder: string,
  { threads, int8 = false }: OnnxOptions
) {
  const path = resolve(folder)
  const config = yield* Schema.decodeUnknownEffect(Config)(yield* text(join(path, "config.json"))).pipe(
    Effect.mapError(({ message }) => missing(join(path, "config.json"), message))
  )
  const file = yield* bytes(join(path, "onnx", int8 ? "model_quantized.onnx" : "model.onnx"))
  const session = yield* OnnxRuntime.open(file, threads === undefined ? {} : { threads })
  const net: DetectorNet = {
    runtime: "onnxruntime",
    multiple: config.size_multiple,
    longSide: config.long_side,
    postprocess: config.postprocess,
    probability: (pictures) => {
      const [batch = 0, height = 0, width = 0, channels = 3] = pictures.shape
      const fed = {
        type: "float32",
        data: planes(pictures),
        shape: [batch, channels, height, width]
      } as const
      return Effect.map(session.run({ pixel_values: fed }), (made) => floats(made["probability"]))
    }
  }
  return net
})

/** A checkpoint, or the best of a run, run by the engine of the device. */
export const fromCheckpoint = Effect.fn("DetectorNet.fromCheckpoint")(function* (path: string) {
  const device = yield* Device
  const { checkpoint } = yield* BestCheckpoint.at(path)
  const implementation = yield* Loading.implementation(DetectionModule)
  const { plan, variables } = yield* Trained.load({
    name: DetectionModule.name,
    keys: DetectionModule.plan,
    implementation,
    experiment: resolve("."),
    reference: checkpoint,
    changes: {}
  })
  const { model } = TextDetection.fromPlan(plan)
  const net: DetectorNet = {
    runtime: device.info.name,
    multiple: model.multiple,
    longSide: plan.data.long_side,
    postprocess: plan.postprocess,
    probability: Effect.fnUntraced(function* (pictures) {
      const map = yield* device.run("detect", (tf) =>
        model.probability(device, variables, HostTensor.upload(tf, pictures, 4))
      )
      const data = yield* device.read(map)
      device.tf.dispose(map)
      return isFloats(data) ? data : new Float32Array(0)
    })
  }
  return net
})
