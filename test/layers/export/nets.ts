/** Every net of the repository, small, and layers that none of them has. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Backbone from "../../../src/pipeline/nn/backbone/Backbone.ts"
import * as HostTensor from "../../../src/pipeline/nn/HostTensor.ts"
import * as Nn from "../../../src/pipeline/nn/layers/Nn.ts"
import * as Cnn from "../../../src/tasks/imageClassification/model/Cnn.ts"
import * as Dbnet from "../../../src/tasks/textDetection/model/Dbnet.ts"
import { type Net, net } from "./recorded.ts"

const pictures = [1, 32, 32, 3]

const classifier = (name: string, backbone: Nn.Module<TF.Tensor4D, TF.Tensor2D>): Net =>
  net(Nn.model(name, backbone), pictures, "logits")

const dbnet = (name: string, options: Dbnet.DbnetOptions): Net => {
  const model = Dbnet.make(name, options)
  const side = model.multiple
  return {
    model,
    input: HostTensor.make(
      Uint8Array.from({ length: 2 * side * side * 3 }, (_, i) => (i * 37) % 256),
      [1, side, 2 * side, 3]
    ),
    forward: (context, variables, x) => ({
      probability: model.probability(context, variables, HostTensor.ranked(x, 4, "pictures"))
    })
  }
}

/** A net of sequences; a recurrent layer also takes their lengths, which is not what is tested. */
const sequences = <In>(name: string, rnn: Nn.Module<In | TF.Tensor3D, TF.Tensor3D>): Net => {
  const only: Nn.Module<TF.Tensor3D, TF.Tensor3D> = rnn
  return net(Nn.model(name, only), [1, 5, 6])
}

const layers = Nn.sequential({
  conv: Nn.conv2d({ inputs: 3, outputs: 8, kernel: [3, 2], stride: [2, 1], bias: true }),
  grouped: Nn.conv2d({ inputs: 8, outputs: 8, kernel: 3, groups: 2, padding: 1 }),
  pool: Nn.maxPool({ kernel: 3, stride: 2, padding: 1 }),
  mean: Nn.averagePool({ kernel: 2, stride: 1 }),
  norm: Nn.groupNorm({ channels: 8, groups: 2 }),
  leaky: Nn.leakyRelu(0.2),
  up: Nn.conv2dTranspose({ inputs: 8, outputs: 6, kernel: 4, stride: 2, padding: 1 }),
  bilinear: Nn.resize({ scale: 2 }),
  softplus: Nn.softplus,
  silu: Nn.silu,
  gelu: Nn.gelu,
  swish: Nn.hardSwish,
  global: Nn.globalMaxPool
})

export const nets: { readonly [name: string]: () => Net } = {
  dbnet: () => dbnet("dbnet", { ...Dbnet.dbnet, widths: [...Dbnet.dbnet.widths] }),
  dbnet_tiny: () => dbnet("dbnet_tiny", Dbnet.dbnetTiny),
  cnn: () =>
    classifier("cnn", Cnn.make({ widths: [8, 16], blocks: 2, dropout: 0.1 }, { channels: 3, classes: 5 })),
  resnet18: () => classifier("resnet18", Backbone.resnet18({ classes: 5 })),
  resnet34: () => classifier("resnet34", Backbone.resnet34({ classes: 5 })),
  resnet50: () => classifier("resnet50", Backbone.resnet50({ classes: 5 })),
  mobilenet_v3_small: () => classifier("mobilenet_v3_small", Backbone.mobilenetV3Small({ classes: 5 })),
  mobilenet_v3_large: () => classifier("mobilenet_v3_large", Backbone.mobilenetV3Large({ classes: 5 })),
  vit: () =>
    classifier("vit", Backbone.vit({ image: 32, patch: 8, width: 16, depth: 2, heads: 4, classes: 5 })),
  gru: () => sequences("gru", Nn.gru({ inputs: 6, hidden: 8, layers: 2, bidirectional: true })),
  lstm: () => sequences("lstm", Nn.lstm({ inputs: 6, hidden: 8 })),
  layers: () => net(Nn.model("layers", layers), [1, 16, 12, 3])
}
