/** The transforms of a classifier's plan: what becomes of each picture, and what of a batch. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Affine from "../../../pipeline/transform/Affine.ts"
import * as Kinds from "../../../pipeline/transform/kinds/Kinds.ts"
import type { Tones, Transform } from "../../../pipeline/transform/Transform.ts"
import { named, type Step } from "../../../pipeline/transform/Transforms.ts"
import * as Augment from "./Augment.ts"
import * as Mix from "./Mix.ts"

/** What a plan without a list does, by the options of `data.augment`. */
const UsualAugment = Schema.Struct({ kind: Schema.tag("augment") })

export const TransformList = Schema.Array(
  Schema.Union([Kinds.chosen(UsualAugment), ...Kinds.ofClasses, Mix.Mixup, Mix.Cutmix])
)
export type TransformList = typeof TransformList.Type

const backgroundOf = ({ mean }: Augment.Input): readonly [number, number, number] => {
  const [red = 0.5, green = red, blue = red] = mean
  return [Math.round(255 * red), Math.round(255 * green), Math.round(255 * blue)]
}

/** The picture becomes as large as the net's input: its middle, or all of it out of proportion. */
const fit =
  ({ width, height, fit }: Augment.Input): Transform =>
  (frame) => {
    if (frame.width === width && frame.height === height) return {}
    const [across, down] = [width / frame.width, height / frame.height]
    const even = Math.max(across, down)
    const [x, y] = fit === "crop" ? [even, even] : [across, down]
    return {
      width,
      height,
      map: [x, 0, (width - x * frame.width) / 2, 0, y, (height - y * frame.height) / 2]
    }
  }

const tonesOf = ({ brightness, contrast }: Augment.Change): Tones => {
  const table = Uint8Array.from({ length: 256 }, (_, value) => {
    const toned = (value / 255 - 0.5) * contrast + 0.5 + brightness
    return Math.round(255 * Math.min(1, Math.max(0, toned)))
  })
  return [table, table, table]
}

const usual =
  (options: Augment.AugmentOptions, input: Augment.Input): Transform =>
  ({ width, height }, random) => {
    const change = Augment.draw(random, options, input)
    const { erased, angle, scale, flip } = change
    const centred = Affine.andThen(
      Affine.translation(-width / 2, -height / 2),
      Affine.scaling(flip ? -scale : scale, scale)
    )
    const turned = Affine.andThen(centred, Affine.rotation(angle))
    const background = backgroundOf(input)
    const erase = (rgb: Uint8Array, box: Augment.Box) => {
      for (let y = box.top; y < box.bottom; y++)
        for (let x = box.left; x < box.right; x++) rgb.set(background, (y * width + x) * 3)
    }
    return {
      map: Affine.andThen(turned, Affine.translation(width / 2 + change.x, height / 2 + change.y)),
      tones: tonesOf(change),
      paint: erased === undefined ? undefined : (rgb) => erase(rgb, erased)
    }
  }

const stepOf = (
  item: Exclude<TransformList[number], Mix.Mix>,
  augment: Augment.AugmentOptions,
  input: Augment.Input
): Effect.Effect<Step, DataError> =>
  item.kind === "augment"
    ? Effect.succeed({ name: "augment", p: item.p, transform: usual(augment, input) })
    : Kinds.step(item, {
        width: input.width,
        height: input.height,
        longSide: Math.max(input.width, input.height),
        background: backgroundOf(input)
      })

const isMix = (item: TransformList[number]): item is Mix.Mix =>
  item.kind === "mixup" || item.kind === "cutmix"

/** What becomes of each picture; it is the net's input at the beginning and at the end. */
export const steps = (
  list: TransformList,
  augment: Augment.AugmentOptions,
  input: Augment.Input
): Effect.Effect<ReadonlyArray<Step>, DataError> => {
  const fitting: Step = { name: "fit", p: 1, transform: fit(input) }
  const single = list.flatMap((item) => (isMix(item) ? [] : [item]))
  return Effect.map(
    Effect.forEach(single, (item) => stepOf(item, augment, input)),
    (all) => [fitting, ...named(all), fitting]
  )
}

/** What becomes of a batch; without a list, or where it has `augment`, that is what `augment` says. */
export const mixes = (
  list: TransformList | null,
  { mixup }: Augment.AugmentOptions
): ReadonlyArray<Mix.Mix> => {
  const usual: ReadonlyArray<Mix.Mix> = mixup === 0 ? [] : [{ kind: "mixup", alpha: mixup, p: 1 }]
  if (list === null) return usual
  return list.flatMap((item) => {
    if (item.kind === "augment") return usual
    return isMix(item) ? [item] : []
  })
}
