/** A small net for small pictures: stages of 3×3 convolutions, each normalised, and each stage half the size. */
import * as Schema from "effect/Schema"
import * as Layers from "../../../pipeline/nn/Layers.ts"
import { atMost, Decay, field } from "../../../pipeline/plan/Plan.ts"
import * as Net from "./Net.ts"

const Width = atMost(4096)

export const CnnOptions = Schema.Struct({
  kind: Schema.tag("cnn"),
  widths: field(
    Schema.NonEmptyArray(Width).check(Schema.isMaxLength(8)),
    [16, 32, 64],
    "Channels of the stages; each halves the picture. Multiples of 8 are fastest."
  ),
  blocks: field(atMost(64), 2, "Convolutions in a stage; the last of them halves."),
  dropout: field(Decay, 0, "Part of the last features that a training step leaves out.")
})
export type CnnOptions = typeof CnnOptions.Type

/** Strides in place of pools: the same arithmetic as a pool of the larger map, for a quarter of the time. */
export const make = (
  options: Omit<CnnOptions, "kind">,
  { channels, classes }: { readonly channels: number; readonly classes: number }
): Net.Net => {
  const stages = options.widths.map((outputs, i) =>
    stage(`stage${i + 1}`, options.widths[i - 1] ?? channels, outputs, options.blocks)
  )
  return Net.make({
    name: "cnn",
    features: Layers.chain(stages),
    width: options.widths.at(-1) ?? channels,
    classes,
    dropout: options.dropout
  })
}

const stage = (name: string, inputs: number, outputs: number, blocks: number): Layers.Layer =>
  Layers.chain(
    Array.from({ length: blocks }, (_, i) =>
      Layers.normalisedConvolution(Layers.pairNames(`${name}.${i}.conv`, `${name}.${i}.bn`), {
        kernel: 3,
        inputs: i === 0 ? inputs : outputs,
        outputs,
        stride: i === blocks - 1 ? 2 : 1
      })
    )
  )
