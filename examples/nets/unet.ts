/** A U-Net (Ronneberger et al., 2015): pictures `[batch, height, width, 1]` to a logit for each of their pixels. */
import type { Tensor4D } from "@tensorflow/tfjs-core"
import * as Nn from "anneal/Nn"

const convolution = (inputs: number, outputs: number) =>
  Nn.sequential([Nn.conv2d({ inputs, outputs, kernel: 3, bias: false }), Nn.batchNorm(outputs), Nn.relu])

const twice = (inputs: number, outputs: number) =>
  Nn.sequential([convolution(inputs, outputs), convolution(outputs, outputs)])

/** One level; those below work at half the size, and what they give is joined with what went down. */
const level = (
  inputs: number,
  [width = 1, ...deeper]: ReadonlyArray<number>
): Nn.Module<Tensor4D, Tensor4D> => {
  const [wider] = deeper
  if (wider === undefined) return twice(inputs, width)
  const parts = {
    down: twice(inputs, width),
    below: Nn.sequential([Nn.maxPool({ kernel: 2 }), level(width, deeper)]),
    up: Nn.conv2dTranspose({ inputs: wider, outputs: width, kernel: 2, stride: 2 }),
    join: twice(2 * width, width)
  }
  return Nn.struct(parts, ({ down, below, up, join }, x: Tensor4D, { tf }) => {
    const across = down(x)
    return join(tf.concat([across, up(below(across))], 3))
  })
}

export const unet = Nn.model(
  "unet",
  Nn.sequential({ levels: level(1, [8, 16, 32]), head: Nn.conv2d({ inputs: 8, outputs: 1, kernel: 1 }) }),
  { input: [32, 32, 1] }
)
