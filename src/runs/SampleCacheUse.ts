/** What a run says of the cache of its samples: numbers in `run.json`, however it ends, and a sentence if it helped little. */
import * as Effect from "effect/Effect"
import type { TaskData } from "../pipeline/module/TaskModule.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { RunDirectory } from "../pipeline/run/RunDirectory.ts"
import * as CacheUse from "../pipeline/task/CacheUse.ts"
import * as SampleCache from "../pipeline/task/SampleCache.ts"

type Data = Pick<TaskData<never>, "cache">

const useOf = ({ cache }: Data): CacheUse.Use | undefined => cache && SampleCache.useOf(cache)

/** Writes the numbers when the scope closes. */
export const record = Effect.fnUntraced(function* (data: Data) {
  const directory = yield* RunDirectory
  const update = Effect.suspend(() => {
    const dataCache = useOf(data)
    return dataCache === undefined ? Effect.void : directory.update({ dataCache })
  })
  yield* Effect.addFinalizer(() => update.pipe(Effect.catch((error) => Effect.logWarning(error.message))))
})

export const report = Effect.fnUntraced(function* (data: Data) {
  const use = useOf(data)
  const advice = use && CacheUse.advice(use)
  if (advice === undefined) return
  const progress = yield* Progress
  yield* progress.note(advice)
})
