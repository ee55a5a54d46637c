/** The data of a task, opened for a run: what it says of itself is checked, its batches as they come. */
import * as Effect from "effect/Effect"
import * as Dataset from "../pipeline/task/Dataset.ts"
import type { Task } from "../pipeline/task/Task.ts"
import type { DataContext, Implementation, TaskData } from "../pipeline/task/TaskModule.ts"

/** `dataset`, whose batches are what it says they are, or fail. */
const checked = <B>(dataset: Dataset.Dataset<B>, sizeOf: (batch: B) => number): Dataset.Dataset<B> => ({
  ...dataset,
  batch: (epoch, index) =>
    Effect.tap(dataset.batch(epoch, index), (batch) =>
      Dataset.checkBatch(dataset, { epoch, index, batch, size: sizeOf(batch) })
    )
})

/** A set that predictions are made of. */
export const inputs = <B>(dataset: Dataset.Dataset<B>, { sizeOf }: Pick<Task<B, never, never>, "sizeOf">) =>
  Effect.as(Dataset.check(dataset), checked(dataset, sizeOf))

/** The sets that `purpose` reads; what their constructors throw fails with its sentence. */
export const data = Effect.fn("Opened.data")(function* <P, Q, B, O, S>(
  implementation: Implementation<P, Q, B, O, S>,
  { sizeOf }: Pick<Task<B, never, never>, "sizeOf">,
  plan: P,
  context: DataContext
) {
  const opened = yield* Dataset.catchRefused(Effect.suspend(() => implementation.data(plan, context)))
  const read = context.purpose === "train" ? [opened.train, opened.val] : [opened.test ?? opened.val]
  yield* Effect.forEach(read, Dataset.check, { discard: true })
  const sets: TaskData<B> = {
    ...opened,
    train: checked(opened.train, sizeOf),
    val: checked(opened.val, sizeOf),
    test: opened.test === undefined ? undefined : checked(opened.test, sizeOf)
  }
  return sets
})
