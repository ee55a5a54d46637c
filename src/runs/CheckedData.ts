/** The data of a task's plan, with what it says of itself checked as batches come. */
import * as Effect from "effect/Effect"
import * as HttpFiles from "../layers/data/HttpFiles.ts"
import type { DataContext, Implementation, TaskData } from "../pipeline/module/TaskModule.ts"
import { RemoteFiles } from "../pipeline/shards/RemoteFiles.ts"
import * as Dataset from "../pipeline/task/Dataset.ts"
import type { Task } from "../pipeline/task/Task.ts"

/** The set, which fails at a batch that is not what the set says. */
export const checked = Effect.fnUntraced(function* <B, O, S>(
  set: Dataset.Dataset<B>,
  { sizeOf }: Task<B, O, S>
) {
  yield* Dataset.check(set)
  const whole: Dataset.Dataset<B> = {
    ...set,
    batch: (epoch, index) =>
      Effect.tap(set.batch(epoch, index), (batch) =>
        Dataset.checkBatch(set, { epoch, index, batch, size: sizeOf(batch) })
      )
  }
  return whole
})

/** Opens the data for a run; only the sets that its purpose reads are checked. */
export const open = Effect.fn("CheckedData.open")(function* <P, Q, B, O, S>(
  implementation: Implementation<P, Q, B, O, S>,
  task: Task<B, O, S>,
  plan: P,
  context: DataContext
) {
  const data = yield* Dataset.catchRefused(Effect.suspend(() => implementation.data(plan, context))).pipe(
    Effect.provideService(RemoteFiles, HttpFiles.read)
  )
  if (context.purpose === "test") {
    const opened: TaskData<B> = {
      ...data,
      ...(data.test === undefined
        ? { val: yield* checked(data.val, task) }
        : { test: yield* checked(data.test, task) })
    }
    return opened
  }
  const opened: TaskData<B> = {
    ...data,
    train: yield* checked(data.train, task),
    val: yield* checked(data.val, task)
  }
  return opened
})
