/** The programs of `anneal data cache verify|prune`. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as SampleCare from "../../layers/data/SampleCare.ts"
import * as Bytes from "../../layers/internal/Bytes.ts"
import { DataError } from "../../pipeline/task/Dataset.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"
import * as Text from "../terminal/Text.ts"

const counted = (entries: number): string => Text.count(entries, "sample")

export const verify = Effect.fn("data.cache.verify")(function* (cache: string) {
  const { whole, bytes, damaged } = yield* SampleCare.verify(cache)
  yield* StandardOutput.text(
    [
      `${counted(whole)} intact, ${Bytes.sized(bytes)}`,
      ...damaged.map((path) => `damaged and removed: ${path}`)
    ].join("\n")
  )
  if (damaged.length === 0) return
  return yield* new DataError({
    where: cache,
    problem: `${counted(damaged.length)} of the cache were damaged`,
    cure: "Nothing is lost: the next run makes them anew. If it happens again, examine the disk."
  })
})

export interface PruneInput {
  readonly cache: string
  readonly olderThanDays: Option.Option<number>
  readonly yes: boolean
}

export const prune = Effect.fn("data.cache.prune")(function* (input: PruneInput) {
  const { removed, bytes, kept } = yield* SampleCare.prune(input.cache, {
    olderThan: Option.getOrUndefined(Option.map(input.olderThanDays, Duration.days)),
    dryRun: !input.yes
  })
  const would = input.yes ? "" : "would be "
  yield* StandardOutput.text(`${counted(removed)}, ${Bytes.sized(bytes)}, ${would}removed and ${kept} kept`)
  if (!input.yes && removed > 0) yield* StandardOutput.note("Add --yes to remove them.")
})
