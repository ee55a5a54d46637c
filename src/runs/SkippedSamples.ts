/** What a run says of samples that its data left out: in `run.json`, so that scripts find them, and when it ends. */
import * as Effect from "effect/Effect"
import type { TaskData } from "../pipeline/module/TaskModule.ts"
import { RunDirectory } from "../pipeline/run/RunDirectory.ts"
import type { DataError } from "../pipeline/task/Dataset.ts"

/** So many are listed; all are counted. */
const LISTED = 1000

export const of = ({ skipped }: Pick<TaskData<never>, "skipped">): ReadonlyArray<DataError> => skipped ?? []

export const record = Effect.fnUntraced(function* (data: Pick<TaskData<never>, "skipped">) {
  const skipped = of(data)
  if (skipped.length === 0) return
  const directory = yield* RunDirectory
  const samples = skipped.slice(0, LISTED).map(({ where, problem }) => ({ where, problem }))
  yield* directory.update({ skipped: { count: skipped.length, samples } })
})
