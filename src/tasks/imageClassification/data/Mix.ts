/** Batches whose pictures are mixed in pairs, and with them their labels: the batch's counter decides the pairs. */
import * as Schema from "effect/Schema"
import * as Random from "../../../pipeline/nn/Random.ts"
import { Fraction, field } from "../../../pipeline/plan/Plan.ts"
import type { Box } from "./Augment.ts"
import * as Augment from "./Augment.ts"

const Alpha = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true }))
const p = field(
  Fraction,
  1,
  "Probability that a batch is mixed by it; the first in the list that applies does."
)

export const Mixup = Schema.Struct({
  kind: Schema.tag("mixup"),
  alpha: field(
    Alpha,
    0.2,
    "Two pictures and their labels are mixed by a part from Beta(alpha, alpha) (Zhang et al., 2018)."
  ),
  p
})

export const Cutmix = Schema.Struct({
  kind: Schema.tag("cutmix"),
  alpha: field(
    Alpha,
    1,
    "A rectangle of another picture, a part from Beta(alpha, alpha) of the area, takes its place (Yun et al., 2019)."
  ),
  p
})

export type Mix = typeof Mixup.Type | typeof Cutmix.Type

/** What is mixed of a batch. */
interface Mixable {
  /** `[batch, height, width, channels]`. */
  readonly images: { readonly data: Float32Array<ArrayBuffer>; readonly shape: ReadonlyArray<number> }
  /** `[batch]`. */
  readonly labels: { readonly data: Int32Array; readonly shape: ReadonlyArray<number> }
  readonly names: ReadonlyArray<string>
}

/** The batch with other pictures, of which `part` is their own; each is mixed with that of `partners`. */
const withPartners = <B extends Mixable>(
  batch: B,
  data: Float32Array<ArrayBuffer>,
  partners: Uint32Array,
  part: number
): B => {
  const others = Int32Array.from(partners, (partner) => batch.labels.data[partner] ?? 0)
  return {
    ...batch,
    images: { data, shape: batch.images.shape },
    mixed: { labels: { data: others, shape: batch.labels.shape }, part }
  }
}

const sizeOf = ({ images, names }: Mixable): number => images.data.length / Math.max(1, names.length)

const mixup = <B extends Mixable>(batch: B, partners: Uint32Array, part: number): B => {
  const size = sizeOf(batch)
  const { data } = batch.images
  const mixed = new Float32Array(data.length)
  for (const [i, partner] of partners.entries()) {
    for (let k = 0; k < size; k++)
      mixed[i * size + k] = part * (data[i * size + k] ?? 0) + (1 - part) * (data[partner * size + k] ?? 0)
  }
  return withPartners(batch, mixed, partners, part)
}

/** A rectangle of `part` of the area around any pixel, as far as it is on the picture. */
const boxOf = (random: Random.Random, width: number, height: number, part: number): Box => {
  const [halfWidth, halfHeight] = [(width * Math.sqrt(part)) / 2, (height * Math.sqrt(part)) / 2]
  const [x, y] = [random.int(width), random.int(height)]
  return {
    left: Math.max(0, Math.round(x - halfWidth)),
    top: Math.max(0, Math.round(y - halfHeight)),
    right: Math.min(width, Math.round(x + halfWidth)),
    bottom: Math.min(height, Math.round(y + halfHeight))
  }
}

const cutmix = <B extends Mixable>(
  batch: B,
  partners: Uint32Array,
  random: Random.Random,
  alpha: number
): B => {
  const [, height = 0, width = 0, channels = 0] = batch.images.shape
  const { left, top, right, bottom } = boxOf(random, width, height, 1 - Augment.drawPart(random, alpha))
  const size = sizeOf(batch)
  const { data } = batch.images
  const mixed = data.slice()
  for (const [i, partner] of partners.entries()) {
    for (let y = top; y < bottom; y++) {
      const [from, to] = [(y * width + left) * channels, (y * width + right) * channels]
      mixed.set(data.subarray(partner * size + from, partner * size + to), i * size + from)
    }
  }
  return withPartners(batch, mixed, partners, 1 - ((right - left) * (bottom - top)) / (width * height))
}

/** Mixes a batch by the first of `mixes` that applies; `keys` are seed, epoch and index of the batch. */
export const mix = <B extends Mixable>(
  batch: B,
  mixes: ReadonlyArray<Mix>,
  keys: ReadonlyArray<number>
): B => {
  const chosen = mixes.find(
    ({ kind, p }) => p >= 1 || Random.make(...keys, Random.keyOf(kind), Random.keyOf("probability")).chance(p)
  )
  if (chosen === undefined) return batch
  const random = Random.make(...keys, Random.keyOf(chosen.kind))
  const partners = Random.permutation(batch.names.length, ...keys, Random.keyOf("partners"))
  return chosen.kind === "mixup"
    ? mixup(batch, partners, Augment.drawPart(random, chosen.alpha))
    : cutmix(batch, partners, random, chosen.alpha)
}
