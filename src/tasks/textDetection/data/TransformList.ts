/** The transforms of a detector's plan, and the steps that make its training samples. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Crop from "../../../pipeline/transform/kinds/Crop.ts"
import * as Kinds from "../../../pipeline/transform/kinds/Kinds.ts"
import { named, type Step } from "../../../pipeline/transform/Transforms.ts"
import * as Resample from "./Resample.ts"
import { type AugmentOptions, augmentation } from "./Transform.ts"

/** What a plan without a list does: scale, turn, crop and tones, by the options of `data.augment`. */
const Augment = Schema.Struct({ kind: Schema.tag("augment") })

export const TransformList = Schema.Array(Schema.Union([Kinds.chosen(Augment), ...Kinds.ofRegions]))
export type TransformList = typeof TransformList.Type

const stepOf = (item: TransformList[number], augment: AugmentOptions): Effect.Effect<Step, DataError> =>
  item.kind === "augment"
    ? Effect.succeed({ name: "augment", p: item.p, transform: augmentation(augment) })
    : Kinds.step(item, {
        width: augment.crop,
        height: augment.crop,
        longSide: augment.long_side,
        background: Resample.background
      })

/** Cuts what the list leaves larger than the net's input, and pads what it leaves smaller. */
const last = (augment: AugmentOptions): Step => {
  const crop = Crop.make(
    { kind: "crop", width: null, height: null, prefer_text: augment.prefer_text, cut: "never" },
    {
      width: augment.crop,
      height: augment.crop,
      longSide: augment.long_side,
      background: Resample.background
    }
  )
  return {
    name: "last",
    p: 1,
    transform: (frame, random) =>
      frame.width === augment.crop && frame.height === augment.crop ? {} : crop(frame, random)
  }
}

/** In order, each with a name of its own; every sample ends as the net's input, `augment.crop` pixels square. */
export const steps = (
  list: TransformList,
  augment: AugmentOptions
): Effect.Effect<ReadonlyArray<Step>, DataError> =>
  Effect.map(
    Effect.forEach(list, (item) => stepOf(item, augment)),
    (all) => [...named(all), last(augment)]
  )
