/** A small net for small pictures: stages of 3×3 convolutions, each normalised, and each stage half the size. */
import type * as TF from "@tensorflow/tfjs-core"
import * as Nn from "../../../pipeline/nn/layers/Nn.ts"
import type { CnnOptions } from "./ModelPlan.ts"

const convolution = (inputs: number, outputs: number, stride: number) =>
  Nn.sequential({
    conv: Nn.conv2d({ kernel: 3, inputs, outputs, stride, bias: false }),
    bn: Nn.batchNorm(outputs),
    relu: Nn.relu
  })

/** Strides in place of pools: the same arithmetic as a pool of the larger map, for a quarter of the time. */
const stage = (inputs: number, outputs: number, blocks: number) =>
  Nn.sequential(
    Array.from({ length: blocks }, (_, i) =>
      convolution(i === 0 ? inputs : outputs, outputs, i === blocks - 1 ? 2 : 1)
    )
  )

/** Pictures `[batch, height, width, channels]` to logits `[batch, classes]`. */
export const make = (
  { widths, blocks, dropout }: Omit<CnnOptions, "kind">,
  { channels, classes }: { readonly channels: number; readonly classes: number }
): Nn.Module<TF.Tensor4D, TF.Tensor2D> => {
  const stages = Object.fromEntries(
    widths.map((outputs, i) => [`stage${i + 1}`, stage(widths[i - 1] ?? channels, outputs, blocks)])
  )
  return Nn.follow(
    Nn.sequential(stages),
    Nn.struct(
      {
        pool: Nn.globalAveragePool,
        dropout: Nn.dropout(dropout),
        fc: Nn.dense({ inputs: widths.at(-1) ?? channels, outputs: classes })
      },
      ({ pool, dropout, fc }, x: TF.Tensor4D) => fc(dropout(pool(x)))
    )
  )
}
