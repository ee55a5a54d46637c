/** What a run says of samples that were left out: in its `run.json`, so that scripts find them. */
import * as Effect from "effect/Effect"
import { RunDirectory } from "../pipeline/run/RunDirectory.ts"
import type { DataError } from "../pipeline/task/Dataset.ts"

/** So many are listed; all are counted. */
const LISTED = 1000

export const record = Effect.fnUntraced(function* (skipped: ReadonlyArray<DataError>) {
  if (skipped.length === 0) return
  const directory = yield* RunDirectory
  const samples = skipped.slice(0, LISTED).map(({ where, problem }) => ({ where, problem }))
  yield* directory.update({ skipped: { count: skipped.length, samples } })
})
