/** The nets to choose from, and their options; the nets themselves are loaded when a run begins. */
import * as Schema from "effect/Schema"
import { atMost, Decay, field } from "../../../pipeline/plan/Plan.ts"

const Width = atMost(4096)

const dropout = (rate: number) =>
  field(Decay, rate, "Part of the last features that a training step leaves out.")

export const CnnOptions = Schema.Struct({
  kind: Schema.tag("cnn"),
  widths: field(
    Schema.NonEmptyArray(Width).check(Schema.isMaxLength(8)),
    [16, 32, 64],
    "Channels of the stages; each halves the picture. Multiples of 8 are fastest."
  ),
  blocks: field(atMost(64), 2, "Convolutions in a stage; the last of them halves."),
  dropout: dropout(0)
})
export type CnnOptions = typeof CnnOptions.Type

const resnet = <const K extends string>(kind: K) =>
  Schema.Struct({
    kind: Schema.tag(kind),
    stem: field(
      Schema.Literals(["imagenet", "small"]),
      "imagenet",
      "imagenet begins with a 7×7 convolution and a pool, to a quarter of the side; small with a 3×3 convolution at full size, for pictures of about 32 pixels."
    ),
    dropout: dropout(0)
  })

const mobilenet = <const K extends string>(kind: K) =>
  Schema.Struct({
    kind: Schema.tag(kind),
    width: field(
      Schema.Finite.check(Schema.isBetween({ minimum: 0.05, maximum: 8 })),
      1,
      "Multiplies all numbers of channels, which are rounded to multiples of 8."
    ),
    dropout: dropout(0.2)
  })

export const ModelPlan = Schema.Union([
  CnnOptions,
  resnet("resnet18"),
  resnet("resnet34"),
  resnet("resnet50"),
  mobilenet("mobilenet_v3_small"),
  mobilenet("mobilenet_v3_large")
])
export type ModelPlan = typeof ModelPlan.Type
