/** Loads what does the work of a task module. */
import * as Effect from "effect/Effect"
import * as Thrown from "../layers/internal/Thrown.ts"
import type { TaskModule } from "../pipeline/module/TaskModule.ts"
import { TaskFailed } from "../pipeline/task/Task.ts"

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
