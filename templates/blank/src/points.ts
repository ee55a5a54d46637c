/** The data: points on two spirals, drawn from a seed. Replace this file with one that reads your own data. */
import * as Dataset from "anneal/Dataset"
import type { HostTensor } from "anneal/HostTensor"
import * as Random from "anneal/Random"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"

export interface Batch {
  /** `[batch, 2]`, float32, each in [-1, 1]. */
  readonly points: HostTensor
  /** `[batch]`, int32, 0 or 1. */
  readonly labels: HostTensor
}

/** A point near the arm of its class. */
const pointOf = (random: Random.Random, label: number): readonly [number, number] => {
  const along = Math.sqrt(random.float())
  const angle = 3 * Math.PI * along + label * Math.PI
  return [along * Math.cos(angle) + 0.03 * random.normal(), along * Math.sin(angle) + 0.03 * random.normal()]
}

/** `count` points with their labels; all that is random follows from the seed. */
export const drawn = (name: string, count: number, seed: number) => {
  const random = Random.make(seed, Random.keyOf(name))
  const labels = Int32Array.from({ length: count }, () => random.int(2))
  return Dataset.fromArrays(
    { points: Array.from(labels, (label) => pointOf(random, label)), labels },
    { name }
  )
}

const parse = (path: string) => (line: string, index: number) => {
  const values = line.split(",").map(Number)
  return values.length === 2 && values.every(Number.isFinite)
    ? Effect.succeed(values)
    : Effect.fail(
        new Dataset.DataError({
          where: `${path}:${index + 2}`,
          problem: `"${line}" is not two numbers`,
          cure: "Correct the line, or remove it"
        })
      )
}

/** The points of a CSV file whose first line names its columns, `x,y`. */
export const read = Effect.fn("Points.read")(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(
    fs.readFileString(path),
    ({ message }) =>
      new Dataset.DataError({
        where: path,
        problem: message,
        cure: "Name a CSV file of points: points=<file>"
      })
  )
  return yield* Effect.forEach(text.trim().split("\n").slice(1), parse(path))
})
