/** What an export says of a classifier, in the words of transformers' image processors and configurations. */
import type { Exported } from "../../pipeline/module/TaskModule.ts"
import type { ClassificationPlan } from "./ClassificationPlan.ts"
import type { ClassificationBatch } from "./data/Batch.ts"
import * as ClassificationSource from "./data/ClassificationSource.ts"
import { countOf } from "./data/DataPlan.ts"

/** Names for classes that the plan only counts: the data names them, which an export need not have. */
const classNames = ({ classes }: ClassificationPlan["data"]): ReadonlyArray<string> =>
  typeof classes === "number" ? Array.from({ length: classes }, (_, i) => `LABEL_${i}`) : classes

/** A number for each channel. */
const perChannel = (values: ReadonlyArray<number>, channels: number): ReadonlyArray<number> =>
  Array.from({ length: channels }, (_, i) => values[i % values.length] ?? 0)

/** One picture of the plan's size: a ramp, normalised by nothing. */
const example = (plan: ClassificationPlan): ClassificationBatch => {
  const { height, width, channels } = ClassificationSource.inputOf(plan.data)
  const data = Float32Array.from({ length: height * width * channels }, (_, i) => Math.sin(i))
  return {
    images: { data, shape: [1, height, width, channels] },
    labels: { data: Int32Array.of(-1), shape: [1] },
    names: ["example"],
    classes: classNames(plan.data)
  }
}

/** The family that clients load a net of the kind as; its class only says that there are `logits`. */
const families = {
  cnn: "resnet",
  resnet18: "resnet",
  resnet34: "resnet",
  resnet50: "resnet",
  mobilenet_v3_small: "mobilenet_v3",
  mobilenet_v3_large: "mobilenet_v3"
} as const

export const exported = (
  plan: ClassificationPlan,
  seen: ClassificationBatch | undefined
): Exported<ClassificationBatch> => {
  const { height, width, channels, mean, std, fit } = ClassificationSource.inputOf(plan.data)
  const names = seen?.classes ?? classNames(plan.data)
  const labels = names.map((name, i): [string, string] => [String(i), name])
  const crops = fit === "crop" && height === width
  return {
    example: example(plan),
    config: {
      model_type: families[plan.model.kind],
      architectures: ["ImageClassification"],
      num_labels: countOf(plan.data),
      id2label: Object.fromEntries(labels),
      label2id: Object.fromEntries(names.map((name, i) => [name, i])),
      num_channels: channels,
      image_size: [height, width]
    },
    preprocessor: {
      image_processor_type: "ImageProcessor",
      do_resize: true,
      size: crops ? { shortest_edge: height } : { height, width },
      resample: 2,
      do_center_crop: crops,
      ...(crops ? { crop_size: { height, width } } : {}),
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: true,
      image_mean: perChannel(mean, channels),
      image_std: perChannel(std, channels),
      ...(channels === 1 ? { do_convert_rgb: false, do_convert_grayscale: true } : { do_convert_rgb: true })
    }
  }
}
