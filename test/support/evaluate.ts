/** What a task makes of one batch, as the trainer's evaluation has it. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Variables } from "../../src/pipeline/nn/Model.ts"
import type { Task } from "../../src/pipeline/task/Task.ts"
import * as Trainer from "../../src/pipeline/train/Trainer.ts"

/** The outputs of a batch; the variables are borrowed. */
export const evaluate = <B, O, S>(task: Task<B, O, S>, variables: Variables, batch: B) => {
  const dataset = {
    name: "one",
    samples: Math.max(1, task.sizeOf(batch)),
    length: 1,
    batch: () => Effect.succeed(batch)
  }
  const options = { kind: "val", prefetch: 2, epoch: 0, step: 0 } as const
  return Trainer.evaluate(task, dataset, variables, options).pipe(
    Stream.runCollect,
    Effect.map((events) => events.find((event) => event._tag === "EvaluationBatchEnded")),
    Effect.flatMap((event) =>
      event === undefined
        ? Effect.die(new Error("the evaluation had no batch"))
        : Effect.succeed(event.outputs)
    )
  )
}
