/** The program of `anneal test`: measures a checkpoint and prints its metrics. */
import * as Effect from "effect/Effect"
import * as Plans from "../../runs/Plans.ts"
import * as TestRun from "../../runs/Test.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"
import * as RunProgram from "./RunProgram.ts"

export const test = RunProgram.make("test", {
  prepare: (module, value) =>
    Effect.map(Plans.testPlan(module, value), (plan) => ({
      run: plan.run,
      start: (context) =>
        TestRun.run(module, plan, context).pipe(
          // Standard output is for scripts: the numbers, to the last digit.
          Effect.tap(({ metrics }) => StandardOutput.text(JSON.stringify(metrics)))
        )
    })),
  summary: ({ checkpoint, figures, metrics, places, skipped }) => ({
    outcome: "tested",
    metrics,
    places: [
      { what: "checkpoint", path: checkpoint },
      ...figures.map((path) => ({ what: "figure", path })),
      ...places
    ],
    next: [],
    skipped: skipped.map(({ message }) => message)
  })
})
