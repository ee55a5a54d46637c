/** The training program: data, detector, options, and what it does with the events. If it is killed, it resumes from its checkpoint. */
import { Artifact } from "anneal/Artifact"
import { Checkpoints } from "anneal/Checkpoints"
import * as FitOptions from "anneal/FitOptions"
import * as StageCheckpoints from "anneal/layers/cache/StageCheckpoints"
import * as Stage from "anneal/Stage"
import * as Trainer from "anneal/Trainer"
import { Workspace } from "anneal/Workspace"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Detector from "./Detector.ts"

export const train = Stage.make("train", {
  version: 1,
  input: { data: Artifact },
  parameters: {
    seed: Schema.Int,
    epochs: Schema.Int,
    rate: Schema.Finite,
    longSide: Schema.Int,
    crop: Schema.Int,
    batchSize: Schema.Int
  },
  output: Artifact,
  run: Effect.fn("train")(function* ({ data }, parameters) {
    const { locate, keep } = yield* Workspace
    const sets = yield* Detector.open(yield* locate(data), parameters)
    const options = FitOptions.make({
      seed: parameters.seed,
      maxEpochs: parameters.epochs,
      rate: parameters.rate,
      retention: FitOptions.keepBest("val/hmean", "max"),
      resume: yield* StageCheckpoints.resume
    })
    yield* Trainer.fit(Detector.task, sets, options).pipe(
      Stream.filter((event) => event._tag === "EvaluationEnded"),
      Stream.runForEach(({ epoch, metrics }) => Effect.log(`epoch ${epoch}: hmean ${metrics["val/hmean"]}`))
    )
    const best = yield* Checkpoints.use(({ load }) => load("best"))
    return yield* keep(best.path)
  })
}).pipe(Stage.provide(StageCheckpoints.layer))
