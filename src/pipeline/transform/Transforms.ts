/** A list of transforms, and what it makes of a picture: a function of seed, epoch and sample alone. */
import * as Effect from "effect/Effect"
import * as Random from "../nn/Random.ts"
import type { Marked } from "./Outline.ts"
import * as Sample from "./Sample.ts"
import type { Picture, Transform } from "./Transform.ts"

/** A transform in a list. */
export interface Step {
  /** Keys its random numbers. */
  readonly name: string
  /** Probability that it is applied, in [0, 1]. */
  readonly p: number
  readonly transform: Transform
  /** Whether it takes another picture of the set. */
  readonly another?: boolean | undefined
}

/**
 * The same steps under names that differ: the first of a kind has the kind's name, the second is `blur 2`. So the draws
 * of a transform stay as they are when one of another kind comes before it.
 */
export const named = (steps: ReadonlyArray<Step>): ReadonlyArray<Step> => {
  const counts = new Map<string, number>()
  return steps.map((step) => {
    const count = (counts.get(step.name) ?? 0) + 1
    counts.set(step.name, count)
    return count === 1 ? step : { ...step, name: `${step.name} ${count}` }
  })
}

export interface Options<R extends Marked, E> {
  /** Seed, epoch and sample. */
  readonly keys: ReadonlyArray<number>
  readonly draw: Sample.Draw
  /** Another picture of the set, which `random` chooses. */
  readonly another: (random: Random.Random) => Effect.Effect<Picture<R>, E>
}

const isApplied = ({ name, p }: Step, keys: ReadonlyArray<number>): boolean =>
  // Of keys of its own: the transform's other draws do not hang on its probability.
  p >= 1 || Random.make(...keys, Random.keyOf(name), Random.keyOf("probability")).chance(p)

/** What the steps make of the picture, with pixels. The picture is borrowed, and the sample's pixels are its own. */
export const apply = Effect.fnUntraced(function* <R extends Marked, E>(
  steps: ReadonlyArray<Step>,
  picture: Picture<R>,
  { keys, draw, another }: Options<R, E>
): Effect.fn.Return<Sample.Sample<R>, E> {
  let sample = Sample.make(picture)
  for (const step of steps) {
    if (!isApplied(step, keys)) continue
    const random = Random.make(...keys, Random.keyOf(step.name))
    const other = step.another === true ? yield* another(random) : undefined
    sample = Sample.changed(sample, step.transform(sample, random, other), draw)
  }
  return Sample.drawn(sample, draw)
})
