/** The program of `anneal predict`: predicts, then says where the predictions are and which inputs were skipped. */
import * as Effect from "effect/Effect"
import type * as Run from "../../config/sweep/Run.ts"
import * as Plans from "../../runs/Plans.ts"
import * as PredictRun from "../../runs/Predict.ts"
import * as Failure from "../Failure.ts"
import type * as Composition from "./config/Composition.ts"
import * as RunProgram from "./RunProgram.ts"

const predicted = RunProgram.make("predict", {
  prepare: (module, value) =>
    Effect.gen(function* () {
      if (module.predictPlan === undefined) return yield* PredictRun.refuse(module.name)
      const plan = yield* Plans.predictPlan(module, module.predictPlan, value)
      return {
        run: plan.run,
        start: (context, { strict }) => PredictRun.run(module, plan, context, strict)
      }
    }),
  summary: ({ checkpoint, directory, places, skipped, summary }) => ({
    outcome: "predicted",
    reason: summary,
    metrics: {},
    places: [
      { what: "checkpoint", path: checkpoint },
      ...places.map(({ what, path }) => ({ what, path: `${directory}/${path}` }))
    ],
    next: [],
    skipped: skipped.map(({ message }) => message)
  })
})

/** Fails if inputs were skipped, so that the exit code says so to scripts. */
export const predict = (started: Run.Started, input: Composition.Input) =>
  Effect.tap(predicted(started, input), ({ directory, samples, skipped }) =>
    skipped.length === 0
      ? Effect.void
      : new Failure.InputsSkipped({
          skipped: skipped.length,
          inputs: samples + skipped.length,
          list: `${directory}/predictions/skipped.txt`
        })
  )
