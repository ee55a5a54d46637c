/** The programs of `anneal runs`, but for `resume` and `sync`. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { PruneRule } from "../../layers/registry/PruneRule.ts"
import type { ListOptions } from "../../layers/registry/Registry.ts"
import type { RunEntry, Status } from "../../layers/registry/RunEntry.ts"
import * as RunFilter from "../../layers/registry/RunFilter.ts"
import * as RunSeries from "../../layers/registry/RunSeries.ts"
import { CommandRefused } from "../Failure.ts"
import * as StandardOutput from "../StandardOutput.ts"
import * as TerminalRuns from "../TerminalRuns.ts"
import * as Text from "../TerminalText.ts"
import * as Catalogue from "./Catalogue.ts"

interface Common {
  readonly dir: Option.Option<string>
  readonly json: boolean
}

type Runs = ReadonlyArray<RunEntry>

const noRuns: Runs = []

/** The most runs whose course is drawn in a list: each is a file to read. */
const drawn = 100

/** Metrics of a run that cannot be read are told; the list does without its course. */
const courses = Effect.fnUntraced(function* (runs: Runs, name: string) {
  const fs = yield* FileSystem.FileSystem
  const seriesOf = ({ path }: RunEntry) =>
    RunSeries.read(fs, path).pipe(Effect.catch((error) => Effect.as(Effect.logWarning(error.message), [])))
  const found = yield* Effect.forEach(runs, seriesOf, { concurrency: 8 })
  const points = found.map((series) => series.find((one) => one.name === name)?.points ?? [])
  return new Map(runs.map(({ path }, i) => [path, points[i] ?? []]))
})

const table = Effect.fnUntraced(function* (runs: Runs, chosen: ReadonlyArray<string>) {
  const metrics = chosen.length > 0 ? chosen : TerminalRuns.tellingMetrics(runs)
  const name = TerminalRuns.courseOf(metrics)
  const course =
    name === undefined || runs.length > drawn ? undefined : { name, of: yield* courses(runs, name) }
  yield* StandardOutput.lines((width) => TerminalRuns.list(runs, { metrics, course }, width))
})

export interface ListInput extends Common {
  readonly where: ReadonlyArray<string>
  readonly sort: Option.Option<string>
  readonly limit: Option.Option<number>
  readonly metric: ReadonlyArray<string>
}

/** A condition is checked before anything is opened: what is wrong with it is the command line. */
const options = Effect.fnUntraced(function* ({ where, sort, limit }: ListInput) {
  const problems = where.map(RunFilter.parse).flatMap((one) => (Result.isFailure(one) ? [one.failure] : []))
  const [first] = problems
  if (first !== undefined) {
    return yield* new CommandRefused({ problem: `--where "${first.path}": ${first.problem}. ${first.cure}` })
  }
  if (Option.exists(limit, (most) => most < 0)) {
    return yield* new CommandRefused({ problem: "--limit must be a number of runs, 0 or more" })
  }
  const given: ListOptions = {
    where,
    ...(Option.isSome(sort) ? { sort: sort.value } : {}),
    ...(Option.isSome(limit) ? { limit: limit.value } : {})
  }
  return given
})

const none = Effect.fnUntraced(function* (where: ReadonlyArray<string>) {
  yield* StandardOutput.note(
    where.length === 0
      ? "There are no runs here yet; anneal train makes the first."
      : `No run has ${where.join(" and ")}; anneal runs list shows all.`
  )
})

export const list = Effect.fn("runs.list")(function* (input: ListInput) {
  const given = yield* options(input)
  const runs = yield* Catalogue.using(input.dir, (registry) => registry.list(given), noRuns)
  if (input.json) return yield* StandardOutput.json(runs)
  if (runs.length === 0) return yield* none(input.where)
  yield* table(runs, input.metric)
})

export const show = Effect.fn("runs.show")(function* (input: Common & { readonly run: string }) {
  const details = yield* Catalogue.using(input.dir, (registry) => registry.show(input.run))
  if (input.json) return yield* StandardOutput.json(details)
  yield* StandardOutput.lines((width) => TerminalRuns.show(details, process.cwd(), width))
})

export const compare = Effect.fn("runs.compare")(function* (
  input: Common & { readonly runs: ReadonlyArray<string> }
) {
  const comparison = yield* Catalogue.using(input.dir, (registry) => registry.compare(input.runs))
  if (input.json) return yield* StandardOutput.json(comparison)
  yield* StandardOutput.lines((width) => TerminalRuns.compare(comparison, width))
})

/** Removes what was found, or only tells what would go. */
const removing = Effect.fnUntraced(function* (runs: Runs, yes: boolean, json: boolean) {
  if (json) return yield* StandardOutput.json(runs)
  if (runs.length === 0) return yield* StandardOutput.note("There is no such run.")
  if (!yes) {
    yield* table(runs, [])
    return yield* StandardOutput.note(
      `${Text.count(runs.length, "run")} would be removed with everything they wrote; add --yes to do it.`
    )
  }
  const lines = runs.map(({ id, path }) => `removed ${id}  ${Text.path(path, process.cwd())}`)
  yield* StandardOutput.note(lines.join("\n"))
})

export interface RemoveInput extends Common {
  readonly runs: ReadonlyArray<string>
  readonly yes: boolean
}

export const remove = Effect.fn("runs.rm")(function* (input: RemoveInput) {
  const runs = yield* Catalogue.using(input.dir, (registry) =>
    input.yes ? registry.remove(input.runs) : Effect.forEach(input.runs, registry.find)
  )
  yield* removing(runs, input.yes, input.json)
})

export interface PruneInput extends Common {
  readonly status: ReadonlyArray<Status>
  /** Days. */
  readonly olderThan: Option.Option<number>
  readonly keepBest: Option.Option<number>
  /** With a minus, the least is the best. */
  readonly metric: string
  readonly yes: boolean
}

const ruleOf = ({ status, olderThan, keepBest, metric }: PruneInput): PruneRule => ({
  statuses: status.length > 0 ? status : ["failed", "crashed"],
  olderThanDays: Option.getOrUndefined(olderThan),
  keepBest: Option.getOrUndefined(
    Option.map(keepBest, (count) => ({
      metric: metric.replace(/^-/, ""),
      mode: metric.startsWith("-") ? "min" : "max",
      count
    }))
  )
})

export const prune = Effect.fn("runs.prune")(function* (input: PruneInput) {
  const runs = yield* Catalogue.using(
    input.dir,
    (registry) =>
      Effect.flatMap(registry.prunable(ruleOf(input)), (going) =>
        input.yes ? registry.remove(going.map(({ path }) => path)) : Effect.succeed(going)
      ),
    noRuns
  )
  yield* removing(runs, input.yes, input.json)
})

export const reindex = Effect.fn("runs.reindex")(function* (input: Pick<Common, "dir">) {
  const count = yield* Catalogue.using(input.dir, (registry) => registry.reindex)
  yield* StandardOutput.note(`The catalogue knows ${Text.count(count, "run")} now.`)
})
