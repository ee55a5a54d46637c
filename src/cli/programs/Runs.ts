/** The programs of `anneal runs`: what is found goes to standard output, what is done is said on standard error. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as SpoolSync from "../../layers/logger/SpoolSync.ts"
import type { PruneRule } from "../../layers/registry/PruneRule.ts"
import * as RegistryLayer from "../../layers/registry/Registry.ts"
import { Registry } from "../../layers/registry/Registry.ts"
import { RegistryError, type RunEntry } from "../../layers/registry/RunEntry.ts"
import * as TerminalRuns from "../TerminalRuns.ts"
import * as TerminalScreen from "../TerminalScreen.ts"
import * as TerminalText from "../TerminalText.ts"
import * as Composition from "./Composition.ts"

interface Shared {
  readonly folder: string
}

const withRegistry = <A, E, R>(
  { folder }: Shared,
  use: (registry: Registry["Service"]) => Effect.Effect<A, E, R>
) => Registry.use(use).pipe(Effect.provide(RegistryLayer.layer(folder)), Effect.scoped)

/** Standard output as wide as its terminal; whole lines where it is none. */
const output = Effect.sync(() => {
  const surface = TerminalScreen.surfaceOf(process.stdout, process.env)
  const width = process.stdout.isTTY === true ? surface.columns() : Number.POSITIVE_INFINITY
  const print = (lines: ReadonlyArray<TerminalText.Line>) =>
    Console.log(lines.map((line) => TerminalText.show(line, surface.colors)).join("\n"))
  return { width, print }
})

const printed = (
  json: boolean,
  value: unknown,
  lines: (width: number) => ReadonlyArray<TerminalText.Line>
): Effect.Effect<void> =>
  json
    ? Console.log(JSON.stringify(value, null, 2))
    : Effect.flatMap(output, ({ width, print }) => print(lines(width)))

const maybe = <A>(key: string, value: Option.Option<A>): { readonly [key: string]: A } =>
  Option.isSome(value) ? { [key]: value.value } : {}

/** Metrics worth a column when none is named: those that most of the runs have, validation's first. */
const usualMetrics = (runs: ReadonlyArray<RunEntry>): ReadonlyArray<string> => {
  const counts = new Map<string, number>()
  for (const name of runs.flatMap(({ metrics }) => Object.keys(metrics))) {
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const rank = (name: string) => (name.endsWith("hmean") ? 0 : 1)
  return [...counts]
    .filter(([name, count]) => name.startsWith("val/") && count * 2 >= runs.length)
    .map(([name]) => name)
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, 3)
}

export const list = (
  input: Shared & {
    readonly json: boolean
    readonly where: ReadonlyArray<string>
    readonly sort: Option.Option<string>
    readonly limit: Option.Option<number>
    readonly metrics: ReadonlyArray<string>
  }
) =>
  withRegistry(input, (registry) =>
    Effect.gen(function* () {
      const { where, sort, limit } = input
      const runs = yield* registry.list({ where, ...maybe("sort", sort), ...maybe("limit", limit) })
      const metrics = input.metrics.length > 0 ? input.metrics : usualMetrics(runs)
      yield* printed(input.json, runs, (width) => TerminalRuns.list(runs, metrics, width))
    })
  )

export const show = (input: Shared & { readonly run: string; readonly json: boolean }) =>
  withRegistry(input, (registry) =>
    Effect.flatMap(registry.show(input.run), (details) =>
      printed(input.json, details, (width) => TerminalRuns.show(details, width))
    )
  )

export const compare = (input: Shared & { readonly runs: ReadonlyArray<string>; readonly json: boolean }) =>
  withRegistry(input, (registry) =>
    Effect.flatMap(registry.compare(input.runs), (comparison) =>
      printed(input.json, comparison, (width) => TerminalRuns.compare(comparison, width))
    )
  )

/** The overrides of a run and those of now; the later of two for the same key is the one that holds. */
const resumedOverrides = (run: RunEntry, overrides: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...run.overrides.filter((one) => !one.startsWith("resume=")),
  ...overrides,
  `resume=${run.path}`
]

export const resume = Effect.fnUntraced(function* (
  input: Shared & { readonly run: string; readonly overrides: ReadonlyArray<string> }
) {
  const run = yield* withRegistry(input, ({ find }) => find(input.run))
  if (run.kind !== "train") {
    return yield* new RegistryError({
      path: run.path,
      problem: `run ${run.id} is a ${run.kind} run`,
      cure: "Only training goes on; start the other one again"
    })
  }
  const composed = {
    ...Composition.nothing,
    overrides: resumedOverrides(run, input.overrides)
  }
  const composition = yield* Composition.compose("train", composed)
  const { train } = yield* Effect.promise(() => import("./Train.ts"))
  yield* train(yield* Composition.start(composition), composed)
})

const dryly = (runs: ReadonlyArray<RunEntry>) =>
  Effect.gen(function* () {
    const { width, print } = yield* output
    yield* print(TerminalRuns.list(runs, [], width))
    yield* Console.error(`${runs.length} runs would be removed; add --yes to do it`)
  })

export const remove = (input: Shared & { readonly runs: ReadonlyArray<string>; readonly yes: boolean }) =>
  withRegistry(input, (registry) =>
    Effect.gen(function* () {
      if (!input.yes) return yield* dryly(yield* Effect.forEach(input.runs, registry.find))
      const removed = yield* registry.remove(input.runs)
      yield* Console.error(`removed ${removed.map(({ id }) => id).join(", ")}`)
    })
  )

const ruleOf = (input: {
  readonly status: ReadonlyArray<"done" | "failed" | "interrupted" | "crashed">
  readonly olderThanDays: Option.Option<number>
  readonly keepBest: Option.Option<number>
  readonly metric: string
}): PruneRule => ({
  statuses: input.status.length > 0 ? input.status : ["failed", "crashed"],
  olderThanDays: Option.getOrUndefined(input.olderThanDays),
  keepBest: Option.match(input.keepBest, {
    onNone: () => undefined,
    onSome: (count) => ({
      metric: input.metric.replace(/^-/, ""),
      mode: input.metric.startsWith("-") ? ("min" as const) : ("max" as const),
      count
    })
  })
})

export const prune = (input: Shared & Parameters<typeof ruleOf>[0] & { readonly yes: boolean }) =>
  withRegistry(input, (registry) =>
    Effect.gen(function* () {
      const going = yield* registry.prunable(ruleOf(input))
      if (!input.yes) return yield* dryly(going)
      yield* registry.remove(going.map(({ path }) => path))
      yield* Console.error(`removed ${going.length} runs`)
    })
  )

export const sync = (input: Shared & { readonly runs: ReadonlyArray<string>; readonly within: number }) =>
  withRegistry(input, (registry) =>
    Effect.gen(function* () {
      const references = input.runs.length > 0 ? input.runs : ["last"]
      const runs = yield* Effect.forEach(references, registry.find)
      for (const { id, path } of runs) {
        const synced = yield* SpoolSync.sync(path, input.within)
        const lines = synced.map(
          ({ sink, delivered, left, problem }) =>
            `${id}  ${sink}: ${delivered} delivered, ${left} left${problem === undefined ? "" : ` (${problem})`}`
        )
        yield* Console.log(lines.length === 0 ? `${id}  nothing was kept for trackers` : lines.join("\n"))
        const stuck = synced.find(({ left }) => left > 0)
        if (stuck !== undefined) {
          return yield* new SpoolSync.SyncError({
            path,
            problem: `${stuck.left} entries of logger.${stuck.sink} are left: ${stuck.problem ?? "no answer"}`
          })
        }
      }
    })
  )

export const reindex = (input: Shared) =>
  withRegistry(input, (registry) =>
    Effect.flatMap(registry.reindex, (count) => Console.error(`${count} runs`))
  )
