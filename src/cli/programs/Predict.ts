/** The program of `anneal predict`: predicts, then says where the predictions are and which pictures were skipped. */

import * as Effect from "effect/Effect"
import type * as Run from "../../config/sweep/Run.ts"
import { PredictPlan } from "../../runs/Plans.ts"
import * as PredictRun from "../../runs/Predict.ts"
import * as Failure from "../Failure.ts"
import * as Text from "../terminal/Text.ts"
import type * as Composition from "./config/Composition.ts"
import * as RunProgram from "./RunProgram.ts"

const predicted = RunProgram.make("predict", {
  schema: PredictPlan,
  run: (plan, context, { strict }) => PredictRun.run(plan, context, strict),
  summary: ({ checkpoint, directory, overlays, pictures, regions, skipped }) => ({
    outcome: "predicted",
    reason: `${Text.count(regions, "region")} on ${Text.count(pictures, "picture")}`,
    metrics: {},
    places: [
      { what: "checkpoint", path: checkpoint },
      { what: "json", path: `${directory}/predictions/predictions.json` },
      { what: "csv", path: `${directory}/predictions/submission.csv` },
      ...(overlays > 0 ? [{ what: "overlays", path: `${directory}/predictions/overlays` }] : [])
    ],
    next: [],
    skipped: skipped.map(({ message }) => message)
  })
})

/** Fails if pictures were skipped, so that the exit code says so to scripts. */
export const predict = (started: Run.Started, input: Composition.Input) =>
  Effect.tap(predicted(started, input), ({ directory, pictures, skipped }) =>
    skipped.length === 0
      ? Effect.void
      : new Failure.PicturesSkipped({
          skipped: skipped.length,
          pictures: pictures + skipped.length,
          list: `${directory}/predictions/skipped.txt`
        })
  )
