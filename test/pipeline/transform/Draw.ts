/** Pictures with coloured shapes, their outlines, and a ruler for how well one lies on the other. */
import * as Effect from "effect/Effect"
import * as Random from "../../../src/pipeline/nn/Random.ts"
import * as Kinds from "../../../src/pipeline/transform/kinds/Kinds.ts"
import * as Outline from "../../../src/pipeline/transform/Outline.ts"
import type * as Sample from "../../../src/pipeline/transform/Sample.ts"
import type { Marked, Picture } from "../../../src/pipeline/transform/Transform.ts"
import * as Transforms from "../../../src/pipeline/transform/Transforms.ts"
import * as Warp from "../../../src/pipeline/transform/Warp.ts"

export const background = [124, 116, 104] as const
export const target = { width: 200, height: 160, longSide: 240, background }

/** Paper, and shapes in pure red on it. */
const PAPER = [230, 230, 230] as const
const RED = [255, 0, 0] as const

/** A filled polygon: a pixel counts by its middle. */
const fill = (rgb: Uint8Array, width: number, outline: Outline.Outline, colour: ArrayLike<number>) => {
  const { left, top, right, bottom } = Outline.bounds(outline)
  for (let y = Math.floor(top); y < bottom; y++)
    for (let x = Math.floor(left); x < right; x++)
      if (Outline.contains(outline, x + 0.5, y + 0.5)) rgb.set(colour, (y * width + x) * 3)
}

export const picture = (
  width: number,
  height: number,
  shapes: ReadonlyArray<Outline.Outline>
): Picture<Marked> => {
  const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => PAPER[i % 3] ?? 0)
  for (const shape of shapes) fill(rgb, width, shape, RED)
  return { width, height, rgb, regions: shapes.map((polygon) => ({ polygon, ignore: false })) }
}

/** Three shapes well inside of 260 × 200 pixels. */
export const shapes: ReadonlyArray<Outline.Outline> = [
  [
    [50, 40],
    [130, 50],
    [126, 78],
    [46, 70]
  ],
  [
    [140, 90],
    [205, 96],
    [200, 130],
    [170, 122],
    [138, 128]
  ],
  [
    [60, 110],
    [110, 110],
    [110, 150],
    [60, 150]
  ]
]

export const draw: Sample.Draw = (image, map, width, height, tones) =>
  Warp.draw(image, map, width, height, tones, background)

/** What kinds, as a plan has them decoded, make of a picture. */
export const made = <R extends Marked>(
  kinds: ReadonlyArray<Kinds.Kind>,
  from: Picture<R>,
  keys: ReadonlyArray<number>,
  other: Picture<R> = from
) =>
  Effect.gen(function* () {
    const steps = Transforms.named(yield* Effect.forEach(kinds, (kind) => Kinds.step(kind, target)))
    return yield* Transforms.apply(steps, from, { keys, draw, another: () => Effect.succeed(other) })
  })

const isRed = (rgb: Uint8Array, at: number) => (rgb[at] ?? 0) - (rgb[at + 1] ?? 0) > 128

/** Of what is red on the sample and what its outlines cover: intersection over union. */
export const agreement = (sample: Sample.Sample<Marked>): number => {
  const { width, height, image, regions } = sample
  const covered = new Uint8Array(width * height * 3)
  const edges = { left: 0, top: 0, right: width, bottom: height }
  for (const { polygon } of regions) fill(covered, width, Outline.clip(polygon, edges), [1, 1, 1])
  let [both, either] = [0, 0]
  for (let at = 0; at < covered.length; at += 3) {
    const [red, marked] = [isRed(image.rgb, at), covered[at] === 1]
    if (red && marked) both++
    if (red || marked) either++
  }
  return either === 0 ? 1 : both / either
}

/** Points anywhere on a picture. */
export const points = (width: number, height: number, count: number): ReadonlyArray<Outline.Point> => {
  const random = Random.make(9)
  return Array.from({ length: count }, () => [random.between(0, width), random.between(0, height)])
}

/** The part of an outline's pixels that is still red. */
export const shown = ({ image }: Sample.Sample<Marked>, outline: Outline.Outline): number => {
  const inside = new Uint8Array(image.rgb.length)
  fill(inside, image.width, outline, [1, 1, 1])
  let [red, all] = [0, 0]
  for (let at = 0; at < inside.length; at += 3) {
    if (inside[at] !== 1) continue
    all++
    if (isRed(image.rgb, at)) red++
  }
  return red / all
}
