/** The work of a task module, opened for a run: what its data says of itself is checked, its batches as they come. */
import * as Effect from "effect/Effect"
import * as Thrown from "../layers/internal/Thrown.ts"
import * as Dataset from "../pipeline/task/Dataset.ts"
import { type Task, TaskFailed } from "../pipeline/task/Task.ts"
import type { DataContext, Implementation, TaskData, TaskModule } from "../pipeline/task/TaskModule.ts"

/** A process that may open no more files can import nothing: no module is to blame. */
const isExhausted = (defect: unknown): boolean => {
  const code = Thrown.code(defect)
  return code === "EMFILE" || code === "ENFILE"
}

/** The implementation of a module; fails with a sentence if what it imports cannot be imported. */
export const implementation = <P, T, Q, B, O, S>({ name, load }: TaskModule<P, T, Q, B, O, S>) =>
  Effect.catchDefect(load, (defect) =>
    isExhausted(defect)
      ? Effect.die(defect)
      : Effect.fail(
          new TaskFailed({ task: name, part: "load", problem: Thrown.said(defect), given: "no argument" })
        )
  )

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
