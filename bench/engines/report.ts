/** What a run of the bench found, as Markdown, and whether it is within the limits. */
import { median } from "../fixtures/median.ts"
import type { Overheads } from "./overheads.ts"
import * as Pairs from "./pairs.ts"
import { type Name, names } from "./problems.ts"
import type { Found, Runner } from "./runners.ts"

/** Milliseconds of a step in each round, by `keyOf`. */
type Times = ReadonlyMap<string, ReadonlyArray<number>>

/** What was measured. */
export interface Measured {
  readonly times: Times
  /** Steps with layers and by hand, by `keyOf`. */
  readonly pairs: ReadonlyMap<string, Pairs.Pairs>
  readonly overheads: Overheads
}

export const keyOf = (runner: Pick<Runner, "name" | "threads">, model: Name): string =>
  `${model} ${runner.name} ${runner.threads}`

/** The median of the ratios within a round, so that a busy machine slows both sides of each. */
const ratioOf = (times: Times, over: string, under: string): number | undefined => {
  const [a, b] = [times.get(over), times.get(under)]
  if (a === undefined || b === undefined) return undefined
  return median(a.map((time, round) => time / (b[round] ?? Number.NaN)))
}

export interface Limit {
  readonly what: string
  readonly found: number
  readonly limit: number
  readonly unit: string
}

type Limits = Partial<Record<Name, number>>

/** Most times PyTorch's step with as many threads. */
const limits: ReadonlyArray<readonly [name: Runner["name"], threads: number, Limits]> = [
  ["wasm", 1, { mlp: 3, lenet: 2.7, resnet: 2.3, dbnet: 2.6 }],
  ["wasm", 2, { lenet: 2.8, resnet: 2.2, dbnet: 2.7 }],
  ["native", 1, { resnet: 1.3, dbnet: 1.3 }],
  ["native", 2, { resnet: 1.3, dbnet: 1.3 }]
]

const isName = (text: string): text is Name => names.some((name) => name === text)

const againstPeer = (times: Times): ReadonlyArray<Limit> =>
  limits.flatMap(([name, threads, models]) =>
    Object.entries(models).flatMap(([model, limit]) => {
      if (!isName(model)) return []
      const found = ratioOf(
        times,
        keyOf({ name, threads }, model),
        keyOf({ name: "PyTorch", threads }, model)
      )
      const what = `${model}, ${name} against PyTorch, threads ${threads}`
      return found === undefined ? [] : [{ what, found, limit, unit: "x" }]
    })
  )

/** Most percent that a step with layers takes beyond the same step written by hand. */
const layersLimit = 2

/** What layers add to steps written by hand. */
const againstHandwritten = (pairs: Measured["pairs"], runners: ReadonlyArray<Runner>): ReadonlyArray<Limit> =>
  runners.flatMap((runner) =>
    names.flatMap((model) => {
      const both = pairs.get(keyOf(runner, model))
      if (both === undefined) return []
      const { median, lower, upper } = Pairs.ratio(both)
      const quartiles = `quartiles ${(100 * (lower - 1)).toFixed(1)} and ${(100 * (upper - 1)).toFixed(1)} %`
      const what = `${model}, layers beyond steps written by hand, ${runner.name}, threads ${runner.threads}, ${quartiles}`
      return [{ what, found: 100 * (median - 1), limit: layersLimit, unit: " %" }]
    })
  )

const microseconds = ({ mlp }: Overheads): number => 1000 * mlp.beyondYielding
const percent = ({ dbnet }: Overheads): number => 100 * (dbnet.overBare - 1)

export const verdicts = (
  { times, pairs, overheads }: Measured,
  runners: ReadonlyArray<Runner>
): ReadonlyArray<Limit> => [
  ...againstPeer(times),
  ...againstHandwritten(pairs, runners),
  {
    what: "mlp, the trainer beyond a bare loop that yields",
    found: microseconds(overheads),
    limit: 15,
    unit: " µs"
  },
  { what: "dbnet, the trainer beyond a bare loop", found: percent(overheads), limit: 2, unit: " %" }
]

export const holds = ({ found, limit }: Limit): boolean => found <= limit

export const verdictLines = (all: ReadonlyArray<Limit>): ReadonlyArray<string> =>
  all.map(
    (one) =>
      `${holds(one) ? "within" : "ABOVE "} ${one.limit}${one.unit}: ${one.what}: ${one.found.toFixed(2)}${one.unit}`
  )

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const stepsTable = (times: Times, runners: ReadonlyArray<Runner>): string =>
  table(
    ["engine, threads", ...names],
    runners.map((runner) => [
      `${runner.name}, ${runner.threads}`,
      ...names.map((model) => {
        const own = times.get(keyOf(runner, model))
        return own === undefined ? "–" : `${median(own).toFixed(1)} ms`
      })
    ])
  )

/** Each cell: milliseconds with layers, by hand, and the median of the pairs' ratios with its quartiles. */
const layersTable = (pairs: Measured["pairs"], runners: ReadonlyArray<Runner>): string =>
  table(
    ["a step with layers / by hand", ...names],
    runners
      .filter((runner) => names.some((model) => pairs.has(keyOf(runner, model))))
      .map((runner) => [
        `${runner.name}, ${runner.threads}`,
        ...names.map((model) => {
          const both = pairs.get(keyOf(runner, model))
          if (both === undefined) return "–"
          const [layers, hand] = [median(both.library), median(both.handwritten)]
          return `${layers.toFixed(1)} / ${hand.toFixed(1)} ms, ${Pairs.shown(Pairs.ratio(both))}`
        })
      ])
  )

const ratio = (times: Times, over: string, under: string): string => {
  const found = ratioOf(times, over, under)
  return found === undefined ? "–" : `${found.toFixed(2)}x`
}

const ratiosTable = (times: Times, runners: ReadonlyArray<Runner>): string => {
  const engines = runners.filter(({ name }) => name !== "PyTorch")
  const againstTorch = engines.map((runner) => [
    `${runner.name}, ${runner.threads}, over PyTorch, ${runner.threads}`,
    ...names.map((model) =>
      ratio(times, keyOf(runner, model), keyOf({ name: "PyTorch", threads: runner.threads }, model))
    )
  ])
  const twoThreads = runners
    .filter(({ threads }) => threads === 2)
    .map((runner) => [
      `${runner.name}, 2 over 1`,
      ...names.map((model) =>
        ratio(times, keyOf(runner, model), keyOf({ name: runner.name, threads: 1 }, model))
      )
    ])
  return table(["times of a step", ...names], [...againstTorch, ...twoThreads])
}

const overheadTable = (overheads: Overheads): string =>
  table(
    ["a step on wasm, 1", "bare loop", "bare loop that yields", "Trainer.fit", "the trainer adds"],
    [overheads.mlp, overheads.dbnet].map(({ name, bare, yielding, trainer, beyondYielding, overBare }) => [
      name,
      `${bare.toFixed(3)} ms`,
      `${yielding.toFixed(3)} ms`,
      `${trainer.toFixed(3)} ms`,
      `${(1000 * beyondYielding).toFixed(0)} µs beyond yielding, ${(100 * (overBare - 1)).toFixed(1)} % in all`
    ])
  )

/** Everything that the run printed, as the page has it. */
export const markdown = (
  { runners, absent }: Found,
  { times, pairs, overheads }: Measured,
  about: { readonly machine: string; readonly date: string; readonly rounds: number }
): string =>
  [
    `${about.date}, ${about.machine}. Medians of ${about.rounds} interleaved rounds; ratios are medians of the ratios within a round.`,
    stepsTable(times, runners),
    ratiosTable(times, runners),
    layersTable(pairs, runners),
    `${overheadTable(overheads)}`,
    [
      ...runners.map(({ name, threads, version }) => `- ${name}, ${threads}: ${version}`),
      ...absent.map((why) => `- not measured: ${why}`)
    ].join("\n")
  ].join("\n\n")
