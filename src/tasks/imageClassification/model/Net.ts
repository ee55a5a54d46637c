/** The net of a plan. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Backbone from "../../../pipeline/nn/backbone/Backbone.ts"
import * as Nn from "../../../pipeline/nn/layers/Nn.ts"
import * as Cnn from "./Cnn.ts"
import type { ModelPlan } from "./ModelPlan.ts"

/** Pictures `[batch, height, width, channels]`, float32, normalised, to logits `[batch, classes]`. */
export type Net = Nn.Net<TF.Tensor4D, TF.Tensor2D>

export interface Sizes {
  readonly channels: number
  readonly classes: number
}

const moduleOf = (plan: ModelPlan, sizes: Sizes): Nn.Module<TF.Tensor4D, TF.Tensor2D> => {
  switch (plan.kind) {
    case "cnn":
      return Cnn.make(plan, sizes)
    case "resnet18":
      return Backbone.resnet18({ ...plan, ...sizes })
    case "resnet34":
      return Backbone.resnet34({ ...plan, ...sizes })
    case "resnet50":
      return Backbone.resnet50({ ...plan, ...sizes })
    case "mobilenet_v3_small":
      return Backbone.mobilenetV3Small({ ...plan, ...sizes })
    case "mobilenet_v3_large":
      return Backbone.mobilenetV3Large({ ...plan, ...sizes })
  }
}

/** `size` of the pictures, in pixels, is for the summary. */
export const make = (
  plan: ModelPlan,
  sizes: Sizes,
  size?: { readonly height: number; readonly width: number }
): Net =>
  Nn.model(plan.kind, moduleOf(plan, sizes), { input: size && [size.height, size.width, sizes.channels] })
