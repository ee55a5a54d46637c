/** The program of `anneal runs sync`: delivers to trackers what runs could not. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Config from "../../../config/Config.ts"
import type { Synced, SyncOptions } from "../../../layers/logger/delivery/SpoolSync.ts"
import type { RunEntry } from "../../../layers/registry/RunEntry.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
import * as Text from "../../terminal/Text.ts"
import * as Composition from "../config/Composition.ts"
import * as Registry from "./Registry.ts"

export interface Input {
  readonly run: Option.Option<string>
  /** Seconds for each tracker of a run. */
  readonly within: number
  /** Servers, or folders of offline runs, that a run may name although nothing else does. */
  readonly servers: ReadonlyArray<string>
  readonly dir: Option.Option<string>
  readonly json: boolean
}

/** Something is left that no tracker took. */
export class NotDelivered extends Schema.TaggedError<NotDelivered>()("NotDelivered", {
  problems: Schema.Array(Schema.String)
}) {
  override get message() {
    return `not everything was delivered; anneal runs sync tries again:\n${this.problems.map((one) => `  ${one}`).join("\n")}`
  }
}

interface Outcome {
  readonly id: string
  readonly spools: ReadonlyArray<Synced>
  /** Why the run's spools could not be looked at. */
  readonly problem: string | undefined
}

/** A run that cannot be delivered does not keep the others from it. */
const syncRun = Effect.fnUntraced(function* ({ id, path }: RunEntry, within: number, options: SyncOptions) {
  const SpoolSync = yield* Effect.promise(() => import("../../../layers/logger/delivery/SpoolSync.ts"))
  const synced = yield* Effect.result(SpoolSync.sync(path, within, options))
  const outcome: Outcome = Result.isSuccess(synced)
    ? { id, spools: synced.success, problem: undefined }
    : { id, spools: [], problem: synced.failure.message }
  return outcome
})

const said = ({ id, spools }: Outcome): ReadonlyArray<string> =>
  spools.map(({ sink, delivered }) =>
    delivered === 0
      ? `${id}  ${sink}: nothing new`
      : `${id}  ${sink}: ${Text.count(delivered, "entry", "entries")}`
  )

const problemsOf = ({ id, spools, problem }: Outcome): ReadonlyArray<string> => [
  ...(problem === undefined ? [] : [`${id}: ${problem}`]),
  ...spools.flatMap((spool) =>
    spool.left === 0
      ? []
      : [
          `${id}: ${spool.sink}: ${Text.count(spool.left, "entry", "entries")} left, ${spool.problem ?? "unknown why"}`
        ]
  )
]

/** Runs that end by themselves deliver their own spools. */
const chosen = (input: Input) =>
  Registry.using(input.dir, (registry) =>
    Option.isSome(input.run)
      ? Effect.map(registry.find(input.run.value), (run) => [run])
      : Effect.map(registry.list(), (runs) => runs.filter(({ status }) => status !== "running"))
  )

const keys = ["logger.mlflow.tracking_uri", "logger.wandb.base_url", "logger.wandb.settings.sync_dir"]

/** Where the configuration of this folder sends runs to; what does not compose names nothing. */
const configured = Effect.gen(function* () {
  const composition = yield* Composition.compose("train", Composition.nothing)
  const found = yield* Effect.forEach(keys, (key) => Effect.option(Config.resolveKey(composition, key)))
  return found.flatMap(Option.toArray).filter((value) => typeof value === "string")
}).pipe(Effect.catch(() => Effect.succeed([])))

export const sync = Effect.fn("runs.sync")(function* (input: Input) {
  const runs = yield* chosen(input)
  const options = { configured: yield* configured, confirmed: input.servers }
  const outcomes = yield* Effect.forEach(runs, (run) => syncRun(run, input.within, options))
  const lines = outcomes.flatMap(said)
  if (input.json) {
    yield* StandardOutput.json(
      outcomes.flatMap(({ id, spools }) => spools.map((spool) => ({ id, ...spool })))
    )
  } else yield* StandardOutput.note(lines.length === 0 ? "Nothing waits to be delivered." : lines.join("\n"))
  const problems = outcomes.flatMap(problemsOf)
  if (problems.length > 0) return yield* new NotDelivered({ problems })
})
