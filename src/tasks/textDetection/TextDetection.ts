/** Text detection: DBNet, its loss, and how its maps become regions, counts and pictures. */
import type * as TF from "@tensorflow/tfjs-core"
import type * as HostTensor from "../../pipeline/nn/HostTensor.ts"
import type { Task } from "../../pipeline/task/Task.ts"
import type { DetectorPlan } from "./DetectionPlan.ts"
import type { DetectionBatch, SampleInfo } from "./data/Batch.ts"
import type { Predicted } from "./data/Predictions.ts"
import type { Region } from "./data/TextImage.ts"
import * as Transform from "./data/Transform.ts"
import * as TextMetric from "./metric/TextMetric.ts"
import * as Dbnet from "./model/Dbnet.ts"
import * as Loss from "./model/Loss.ts"
import * as PostProcess from "./postprocess/PostProcess.ts"
import * as PostProcessOptions from "./postprocess/PostProcessOptions.ts"

export interface DetectionOptions {
  readonly model: Dbnet.Dbnet
  readonly loss?: Loss.LossOptions
  readonly postprocess?: PostProcessOptions.PostProcessOptions
}

/** The result of evaluating one picture. */
export interface ImageResult extends Predicted {
  /** The regions annotated on the picture, in its coordinates. */
  readonly truth: ReadonlyArray<Region>
  /** The probability map of the part that the picture covers, at the net's scale. */
  readonly probability: PostProcess.ProbabilityMap
  /** The same part as the input of the net: RGB, row-major, as large as `probability`. */
  readonly rgb: Uint8Array
  /** What other settings of the post-processing find on the same map; in the picture's coordinates. */
  readonly detect: (options: PostProcessOptions.PostProcessOptions) => ReadonlyArray<PostProcess.Detection>
}

export interface DetectionResult {
  readonly images: ReadonlyArray<ImageResult>
}

export type TextDetection = Task<DetectionBatch, DetectionResult, TextMetric.State>

export const make = (options: DetectionOptions): TextDetection => {
  const { model } = options
  const postprocess = options.postprocess ?? PostProcessOptions.defaults
  return {
    name: "text_detection",
    model,
    sizeOf: (batch) => batch.samples.length,
    loss: (context, variables, batch) => {
      const { tf } = context
      const { output, buffers } = model.train(context, variables, maps(tf, batch.images))
      const targets = {
        shrunk: maps(tf, batch.shrunk),
        mask: maps(tf, batch.mask),
        threshold: maps(tf, batch.threshold),
        border: maps(tf, batch.border),
        positives: batch.positives,
        negatives: batch.negatives
      }
      const { loss, parts } = Loss.make(tf, output.probability, output.threshold, targets, options.loss)
      return { loss, parts, buffers }
    },
    forward: (context, variables, batch) => ({
      probability: model.probability(context, variables, maps(context.tf, batch.images))
    }),
    interpret: ({ probability }, batch) => ({
      images: batch.samples.map((sample, i) =>
        resultOf(sample, batch, probability?.data ?? new Float32Array(0), i, postprocess)
      )
    }),
    metric: TextMetric.make
  }
}

/** The net and the task of a plan. */
export interface Detector {
  readonly model: Dbnet.Dbnet
  readonly task: TextDetection
}

export const fromPlan = ({
  model,
  loss,
  postprocess,
  data
}: Pick<DetectorPlan, "model" | "loss" | "postprocess"> & Partial<Pick<DetectorPlan, "data">>): Detector => {
  const net = Dbnet.make(model.name, model, data?.augment.crop)
  return { model: net, task: make({ model: net, loss, postprocess }) }
}

/** Uploads maps of rank 4 as float32. */
const maps = (tf: typeof TF, tensor: HostTensor.HostTensor): TF.Tensor4D => {
  const [batch = 0, height = 0, width = 0, channels = 0] = tensor.shape
  return tf.tensor4d(new Float32Array(tensor.data), [batch, height, width, channels], "float32")
}

const resultOf = (
  sample: SampleInfo,
  batch: DetectionBatch,
  probability: HostTensor.HostData,
  index: number,
  postprocess: PostProcessOptions.PostProcessOptions
): ImageResult => {
  const [, height = 0, width = 0] = batch.images.shape
  const pixels = height * width
  const content = { width: sample.contentWidth, height: sample.contentHeight }
  const map = {
    ...content,
    data: new Float32Array(content.width * content.height)
  }
  const rgb = new Uint8Array(content.width * content.height * 3)
  for (let y = 0; y < content.height; y++) {
    const at = index * pixels + y * width
    map.data.set(probability.subarray(at, at + content.width), y * content.width)
    rgb.set(batch.images.data.subarray(at * 3, (at + content.width) * 3), y * content.width * 3)
  }
  const detect: ImageResult["detect"] = (options) =>
    PostProcess.detect(map, options).map(({ polygon, score }) => ({
      polygon: Transform.toOriginal(sample, sample, polygon),
      score
    }))
  return {
    name: sample.name,
    width: sample.width,
    height: sample.height,
    truth: sample.regions,
    predictions: detect(postprocess),
    probability: map,
    rgb,
    detect
  }
}
