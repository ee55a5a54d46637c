/** Which checkpoints become artifacts, by `log_model`. Pure. */
import * as Schema from "effect/Schema"
import type { WandbPlan } from "../../../pipeline/plan/LoggerPlan.ts"
import { SpooledArtifact, type SpooledEntry } from "../spool/Entry.ts"

/** Checkpoints that wait for the end of the run, by alias; only the newest checkpoint has an alias. */
export const Waiting = Schema.Record(Schema.String, SpooledArtifact)
export type Waiting = typeof Waiting.Type

export interface Chosen {
  /** To be sent now, oldest first. */
  readonly now: ReadonlyArray<SpooledArtifact>
  readonly waiting: Waiting
}

const isArtifact = (entry: SpooledEntry): entry is SpooledArtifact => entry._tag === "Artifact"

/**
 * `"all"` sends every one at once; `true` the newest best one, or the newest if there is none, when the run ends;
 * `false` none.
 */
export const choose = (
  logModel: WandbPlan["log_model"],
  waiting: Waiting,
  entries: ReadonlyArray<SpooledEntry>
): Chosen => {
  const artifacts = entries.filter(isArtifact)
  if (logModel === false) return { now: [], waiting: {} }
  if (logModel === "all") return { now: artifacts, waiting: {} }
  const newest = { ...waiting }
  for (const artifact of artifacts) newest[artifact.aliases.includes("best") ? "best" : "last"] = artifact
  const ends = entries.some(({ _tag }) => _tag === "Finish")
  if (!ends) return { now: [], waiting: newest }
  const chosen = newest["best"] ?? newest["last"]
  return { now: chosen === undefined ? [] : [chosen], waiting: {} }
}

/** Aliases of the artifact: its own, and `latest`. */
export const aliasesOf = ({ aliases }: SpooledArtifact): ReadonlyArray<string> => [
  ...new Set([...aliases.filter((alias) => alias !== "last"), "latest"])
]
