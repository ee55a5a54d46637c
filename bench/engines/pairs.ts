/**
 * What layers add to steps written by hand: both take turns for a time, and each turn is a pair of neighbours.
 *
 * `node bench/engines/pairs.ts [--engine wasm] [--threads 1] [--model resnet] [--seconds 90]` measures one of them alone.
 */
import { parseArgs } from "node:util"
import { median, quantile } from "../fixtures/median.ts"
import { type Name, names, type Way } from "./problems.ts"
import { type Runner, startEngine } from "./runners.ts"

/** Milliseconds of a step; the two of an index were measured one after the other. */
export type Pairs = Readonly<Record<Way, ReadonlyArray<number>>>

/** Steps of a turn: some milliseconds, so that asking for them does not count. */
const stepsOf: Readonly<Record<Name, number>> = { mlp: 10, lenet: 1, resnet: 1, dbnet: 1 }

/** Turns of both ways for so many seconds, each first every other time, after one of each that does not count. */
export const alternate = async (runner: Runner, model: Name, seconds: number): Promise<Pairs> => {
  const times = { library: new Array<number>(), handwritten: new Array<number>() }
  const turn = async (way: Way) => median(await runner.steps(model, stepsOf[model], way))
  for (const way of runner.ways) await runner.steps(model, 3 * stepsOf[model], way)
  const end = performance.now() + 1000 * seconds
  while (performance.now() < end) {
    const ways = times.library.length % 2 === 0 ? runner.ways : runner.ways.toReversed()
    for (const way of ways) times[way].push(await turn(way))
  }
  return times
}

/** Of what layers take over what steps by hand take: the median of the pairs' ratios, and their quartiles. */
export interface Ratio {
  readonly median: number
  readonly lower: number
  readonly upper: number
  readonly pairs: number
}

export const ratio = ({ library, handwritten }: Pairs): Ratio => {
  const ratios = library.map((time, i) => time / (handwritten[i] ?? Number.NaN))
  return {
    median: median(ratios),
    lower: quantile(ratios, 0.25),
    upper: quantile(ratios, 0.75),
    pairs: ratios.length
  }
}

export const shown = ({ median, lower, upper }: Ratio): string =>
  `${median.toFixed(3)}x (${lower.toFixed(2)} to ${upper.toFixed(2)})`

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      engine: { type: "string", default: "wasm" },
      threads: { type: "string", default: "1" },
      model: { type: "string", default: "resnet" },
      seconds: { type: "string", default: "90" }
    }
  })
  const model = names.find((name) => name === values.model) ?? "resnet"
  const runner = await startEngine(values.engine, Number(values.threads))
  if (runner === undefined) throw new Error(`the engine ${values.engine} did not start`)
  const pairs = await alternate(runner, model, Number(values.seconds))
  runner.stop()
  const found = ratio(pairs)
  console.log(
    `${model} on ${values.engine}, threads ${values.threads}: layers take ${shown(found)} of ${median(pairs.handwritten).toFixed(1)} ms by hand, ${found.pairs} pairs`
  )
}
