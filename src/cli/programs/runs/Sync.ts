/** The program of `anneal runs sync`: delivers what runs could not deliver to their trackers. */
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
  /** Servers, or folders of offline runs, that are accepted although only the run names them. */
  readonly servers: ReadonlyArray<string>
  readonly dir: Option.Option<string>
  readonly json: boolean
}

/** Some entries were not delivered. */
export class NotDelivered extends Schema.TaggedError<NotDelivered>()("NotDelivered", {
  problems: Schema.Array(Schema.String)
}) {
  override get message() {
    return `some entries were not delivered; run anneal runs sync again to retry:\n${this.problems.map((one) => `  ${one}`).join("\n")}`
  }
}

interface Outcome {
  readonly id: string
  readonly spools: ReadonlyArray<Synced>
  /** Why the spools of the run could not be read. */
  readonly problem: string | undefined
}

/** A failure of one run does not stop the others. */
const syncRun = Effect.fnUntraced(function* ({ id, path }: RunEntry, within: number, options: SyncOptions) {
  const SpoolSync = yield* Effect.promise(() => import("../../../layers/logger/delivery/SpoolSync.ts"))
  const synced = yield* Effect.result(SpoolSync.sync(path, within, options))
  const outcome: Outcome = Result.isSuccess(synced)
    ? { id, spools: synced.success, problem: undefined }
    : { id, spools: [], problem: synced.failure.message }
  return outcome
})

const linesOf = ({ id, spools }: Outcome): ReadonlyArray<string> =>
  spools.map(({ sink, delivered }) =>
    delivered === 0
      ? `${id}  ${sink}: nothing to deliver`
      : `${id}  ${sink}: delivered ${Text.count(delivered, "entry", "entries")}`
  )

const problemsOf = ({ id, spools, problem }: Outcome): ReadonlyArray<string> => [
  ...(problem === undefined ? [] : [`${id}: ${problem}`]),
  ...spools.flatMap((spool) =>
    spool.left === 0
      ? []
      : [
          `${id}: ${spool.sink}: ${Text.count(spool.left, "entry", "entries")} left: ${spool.problem ?? "unknown reason"}`
        ]
  )
]

/** The named run, or all that are not running: a running one delivers its own spools. */
const chosen = (input: Input) =>
  Registry.using(input.dir, (registry) =>
    Option.isSome(input.run)
      ? Effect.map(registry.find(input.run.value), (run) => [run])
      : Effect.map(registry.list(), (runs) => runs.filter(({ status }) => status !== "running"))
  )

const keys = ["logger.mlflow.tracking_uri", "logger.wandb.base_url", "logger.wandb.settings.sync_dir"]

/** The servers that the configuration of this folder names; none if it does not compose. */
const configured = Effect.gen(function* () {
  const composition = yield* Composition.ofFolder()
  if (composition === undefined) return []
  const found = yield* Effect.forEach(keys, (key) => Effect.option(Config.resolveKey(composition, key)))
  return found.flatMap(Option.toArray).filter((value) => typeof value === "string")
}).pipe(Effect.catch(() => Effect.succeed([])))

export const sync = Effect.fn("runs.sync")(function* (input: Input) {
  const runs = yield* chosen(input)
  const options = { configured: yield* configured, confirmed: input.servers }
  const outcomes = yield* Effect.forEach(runs, (run) => syncRun(run, input.within, options))
  const lines = outcomes.flatMap(linesOf)
  if (input.json) {
    yield* StandardOutput.json(
      outcomes.flatMap(({ id, spools }) => spools.map((spool) => ({ id, ...spool })))
    )
  } else yield* StandardOutput.note(lines.length === 0 ? "Nothing to deliver." : lines.join("\n"))
  const problems = outcomes.flatMap(problemsOf)
  if (problems.length > 0) return yield* new NotDelivered({ problems })
})
