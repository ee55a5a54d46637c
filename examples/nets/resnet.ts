/** A residual net for small pictures (He et al., 2016): `[batch, height, width, 3]` to logits `[batch, 10]`. */
import * as Nn from "anneal/Nn"

const conv = (inputs: number, outputs: number, kernel: number, stride = 1) =>
  Nn.conv2d({ inputs, outputs, kernel, stride, padding: (kernel - 1) / 2, bias: false })

const block = (inputs: number, outputs: number, stride: number) =>
  Nn.residual(
    Nn.sequential({
      conv1: conv(inputs, outputs, 3, stride),
      bn1: Nn.batchNorm(outputs),
      relu: Nn.relu,
      conv2: conv(outputs, outputs, 3),
      bn2: Nn.batchNorm(outputs)
    }),
    {
      shortcut: { downsample: Nn.sequential([conv(inputs, outputs, 1, stride), Nn.batchNorm(outputs)]) },
      activation: Nn.relu
    }
  )

export const resnet = Nn.model(
  "resnet",
  Nn.sequential({
    stem: Nn.sequential([conv(3, 16, 3), Nn.batchNorm(16), Nn.relu]),
    stages: Nn.sequential([block(16, 16, 1), block(16, 32, 2), block(32, 64, 2)]),
    pool: Nn.globalAveragePool,
    fc: Nn.dense({ inputs: 64, outputs: 10 })
  }),
  { input: [32, 32, 3] }
)
