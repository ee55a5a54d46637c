/** Loads what does the work of a task module. */
import * as Effect from "effect/Effect"
import * as Thrown from "../layers/internal/Thrown.ts"
import type { Implementation, TaskModule } from "../pipeline/module/TaskModule.ts"
import { NetInvalid } from "../pipeline/nn/Pass.ts"
import { type Task, TaskFailed } from "../pipeline/task/Task.ts"

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

/** The task of a plan; fails if its net is made of layers that do not fit. */
export const task = <P, Q, B, O, S>(
  implementation: Pick<Implementation<P, Q, B, O, S>, "task">,
  plan: P
): Effect.Effect<Task<B, O, S>, NetInvalid> =>
  Effect.catchDefect(
    Effect.sync(() => implementation.task(plan)),
    (defect) => (defect instanceof NetInvalid ? Effect.fail(defect) : Effect.die(defect))
  )
