/** What an export says of a detector: which pictures its net takes, and how its map becomes regions. */
import type { Exported } from "../../pipeline/module/TaskModule.ts"
import * as HostTensor from "../../pipeline/nn/HostTensor.ts"
import type { DetectorPlan } from "./DetectionPlan.ts"
import type { DetectionBatch } from "./data/Batch.ts"
import { multipleOf } from "./model/DbnetOptions.ts"

/** One picture of two by three of the net's largest steps, without text. */
const example = (multiple: number): DetectionBatch => {
  const [height, width] = [2 * multiple, 3 * multiple]
  const pixels = height * width
  const map = (): HostTensor.HostTensor => HostTensor.make(new Uint8Array(pixels), [1, height, width, 1])
  return {
    images: HostTensor.make(
      Uint8Array.from({ length: pixels * 3 }, (_, i) => (i * 37) % 256),
      [1, height, width, 3]
    ),
    shrunk: map(),
    mask: map(),
    threshold: HostTensor.make(new Float32Array(pixels), [1, height, width, 1]),
    border: map(),
    positives: 0,
    negatives: pixels,
    samples: [
      {
        name: "example",
        width,
        height,
        regions: [],
        toSample: [1, 0, 0, 1, 0, 0],
        contentWidth: width,
        contentHeight: height
      }
    ]
  }
}

/** The net takes RGB in [0, 255] and normalises it itself. */
export const exported = (plan: DetectorPlan): Exported<DetectionBatch> => {
  const multiple = multipleOf(plan.model)
  return {
    example: example(multiple),
    config: {
      model_type: "text_detection",
      architectures: ["TextDetection"],
      num_channels: 3,
      size_multiple: multiple,
      long_side: plan.data.long_side,
      postprocess: { ...plan.postprocess }
    },
    preprocessor: {
      image_processor_type: "ImageProcessor",
      do_convert_rgb: true,
      do_resize: true,
      size: { longest_edge: plan.data.long_side },
      size_divisor: multiple,
      resample: 2,
      do_rescale: false,
      do_normalize: false,
      do_pad: false
    }
  }
}
