/** The programs of `anneal runs`, except `resume`, `sync` and `lineage`. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { PruneRule } from "../../../layers/registry/PruneRule.ts"
import type { ListOptions } from "../../../layers/registry/Registry.ts"
import type { RunEntry, Status } from "../../../layers/registry/RunEntry.ts"
import * as RunFilter from "../../../layers/registry/RunFilter.ts"
import type { Objective } from "../../../pipeline/task/Objective.ts"
import { CommandRefused } from "../../Failure.ts"
import * as TerminalRuns from "../../terminal/Runs.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
import * as Text from "../../terminal/Text.ts"
import * as Registry from "./Registry.ts"

interface Common {
  readonly dir: Option.Option<string>
  readonly json: boolean
}

type Runs = ReadonlyArray<RunEntry>

const noRuns: Runs = []

/** A longer list draws no courses of metrics: each is a file to read. */
const drawn = 100

interface Listed {
  readonly runs: Runs
  readonly columns: TerminalRuns.ListColumns
}

const nothing: Listed = { runs: [], columns: { metrics: [], course: undefined } }

/** The runs, with the columns of a list of them. */
const listed = Effect.fnUntraced(function* (
  registry: Registry.Registry,
  runs: Runs,
  chosen: ReadonlyArray<string>
) {
  const metrics = chosen.length > 0 ? chosen : TerminalRuns.mainMetrics(runs)
  const name = TerminalRuns.courseOf(metrics)
  const of = name === undefined || runs.length > drawn ? undefined : yield* registry.courses(runs)
  const course = name === undefined || of === undefined ? undefined : { name, of }
  const found: Listed = { runs, columns: { metrics, course } }
  return found
})

const table = ({ runs, columns }: Listed) =>
  StandardOutput.lines((width) => TerminalRuns.list(runs, columns, width))

export interface ListInput extends Common {
  readonly where: ReadonlyArray<string>
  readonly sort: Option.Option<string>
  readonly limit: Option.Option<number>
  readonly metric: ReadonlyArray<string>
}

/** Checks the conditions before anything is opened, so that a wrong one is reported as a wrong command line. */
const options = Effect.fnUntraced(function* ({ where, sort, limit }: ListInput) {
  const problems = where.map(RunFilter.parse).flatMap((one) => (Result.isFailure(one) ? [one.failure] : []))
  const [first] = problems
  if (first !== undefined) {
    return yield* new CommandRefused({ problem: `--where "${first.path}": ${first.problem}. ${first.cure}` })
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
      ? "There are no runs yet; anneal train makes the first one."
      : `No run has ${where.join(" and ")}; anneal runs list shows all runs.`
  )
})

export const list = Effect.fn("runs.list")(function* (input: ListInput) {
  const given = yield* options(input)
  if (input.json) {
    const runs = yield* Registry.using(input.dir, (registry) => registry.list(given), noRuns)
    return yield* StandardOutput.json(runs)
  }
  const found = yield* Registry.using(
    input.dir,
    (registry) => Effect.flatMap(registry.list(given), (runs) => listed(registry, runs, input.metric)),
    nothing
  )
  if (found.runs.length === 0) return yield* none(input.where)
  yield* table(found)
})

export const show = Effect.fn("runs.show")(function* (input: Common & { readonly run: string }) {
  if (input.json) {
    return yield* StandardOutput.json(yield* Registry.using(input.dir, ({ show }) => show(input.run)))
  }
  const details = yield* Registry.using(input.dir, (registry) =>
    Effect.gen(function* () {
      const found = yield* registry.facts(input.run)
      const courses = yield* registry.courses([found.run])
      return { ...found, courses: courses.get(found.run.path) ?? [] }
    })
  )
  yield* StandardOutput.lines((width) => TerminalRuns.show(details, process.cwd(), width))
})

export const compare = Effect.fn("runs.compare")(function* (
  input: Common & { readonly runs: ReadonlyArray<string> }
) {
  const comparison = yield* Registry.using(input.dir, (registry) => registry.compare(input.runs))
  if (input.json) return yield* StandardOutput.json(comparison)
  yield* StandardOutput.lines((width) => TerminalRuns.compare(comparison, width))
})

/** Reports what was removed, or what would be. */
const reportRemoved = Effect.fnUntraced(function* (found: Listed, yes: boolean, json: boolean) {
  const { runs } = found
  if (json) return yield* StandardOutput.json(runs)
  if (runs.length === 0) return yield* StandardOutput.note("No runs to remove.")
  if (!yes) {
    yield* table(found)
    return yield* StandardOutput.note(
      `${Text.count(runs.length, "run")} and their files would be removed; add --yes to remove them.`
    )
  }
  const lines = runs.map(({ id, path }) => `removed ${id}  ${Text.path(path, process.cwd())}`)
  yield* StandardOutput.note(lines.join("\n"))
})

interface Asked {
  readonly yes: boolean
  readonly json: boolean
}

export interface RemoveInput extends Common {
  readonly runs: ReadonlyArray<string>
  readonly yes: boolean
}

/** Removes the runs, or without `--yes` only lists them. */
const removedOrListed = (registry: Registry.Registry, runs: Runs, { yes, json }: Asked) => {
  if (!yes && !json) return listed(registry, runs, [])
  const removed = yes ? registry.remove(runs.map(({ path }) => path)) : Effect.succeed(runs)
  return Effect.map(removed, (gone): Listed => ({ ...nothing, runs: gone }))
}

export const remove = Effect.fn("runs.rm")(function* (input: RemoveInput) {
  const found = yield* Registry.using(input.dir, (registry) =>
    Effect.flatMap(Effect.forEach(input.runs, registry.find), (runs) =>
      removedOrListed(registry, runs, input)
    )
  )
  yield* reportRemoved(found, input.yes, input.json)
})

export interface PruneInput extends Common {
  readonly status: ReadonlyArray<Status>
  /** Days. */
  readonly olderThan: Option.Option<number>
  readonly keepBest: Option.Option<number>
  /** With a minus, the lowest value is the best; by default the objective of each run's task. */
  readonly metric: Option.Option<string>
  readonly yes: boolean
}

const orderOf = (metric: string): Objective => ({
  metric: metric.replace(/^-/, ""),
  mode: metric.startsWith("-") ? "min" : "max"
})

const ruleOf = ({ status, olderThan, keepBest, metric }: PruneInput): PruneRule => ({
  statuses: status.length > 0 ? status : ["failed", "crashed"],
  olderThanDays: Option.getOrUndefined(olderThan),
  keepBest: Option.getOrUndefined(
    Option.map(keepBest, (count) => ({ count, by: Option.getOrUndefined(Option.map(metric, orderOf)) }))
  )
})

export const prune = Effect.fn("runs.prune")(function* (input: PruneInput) {
  const found = yield* Registry.using(
    input.dir,
    (registry) =>
      Effect.flatMap(registry.prunable(ruleOf(input)), (going) => removedOrListed(registry, going, input)),
    nothing
  )
  yield* reportRemoved(found, input.yes, input.json)
})

export const reindex = Effect.fn("runs.reindex")(function* (input: Pick<Common, "dir">) {
  const count = yield* Registry.rebuild(input.dir)
  yield* StandardOutput.note(`The registry now has ${Text.count(count, "run")}.`)
})
