/** The program of `anneal test`: measures a checkpoint and prints its metrics, beside another's if asked to. */
import * as Effect from "effect/Effect"
import * as Plans from "../../runs/Plans.ts"
import * as TestRun from "../../runs/Test.ts"
import * as TerminalScreen from "../terminal/Screen.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"
import * as Table from "../terminal/Table.ts"
import * as Text from "../terminal/Text.ts"
import * as RunProgram from "./RunProgram.ts"

const right = { align: "right" } as const

const signed = (value: number): string => `${value > 0 ? "+" : ""}${Text.number(value)}`

/** The metrics of both checkpoints side by side, and what the second has more. */
const comparison = ({ metrics, compared }: TestRun.TestOutcome): ReadonlyArray<Text.Line> =>
  compared === undefined
    ? []
    : Table.lines(
        [
          { title: "metric" },
          { title: "checkpoint", ...right },
          { title: "compared", ...right },
          { title: "difference", ...right }
        ],
        Object.entries(metrics).map(([name, value]) => {
          const other = compared.metrics[name] ?? Number.NaN
          return [name, Text.number(value), Text.number(other), signed(other - value)].map(Text.plain)
        }),
        Number.POSITIVE_INFINITY
      )

export const test = RunProgram.make("test", {
  prepare: (module, value) =>
    Effect.map(Plans.testPlan(module, value), (plan) => ({
      run: plan.run,
      start: (context) =>
        TestRun.run(module, plan, context).pipe(
          // Standard output is for scripts: the numbers, to the last digit.
          Effect.tap(({ metrics }) => StandardOutput.text(JSON.stringify(metrics))),
          Effect.tap((outcome) =>
            Effect.flatMap(TerminalScreen.TerminalScreen, (screen) => screen.print(comparison(outcome)))
          )
        )
    })),
  summary: ({ checkpoint, compared, figures, metrics, places, skipped }) => ({
    outcome: "tested",
    metrics,
    places: [
      { what: "checkpoint", path: checkpoint },
      ...(compared === undefined ? [] : [{ what: "compared", path: compared.checkpoint }]),
      ...figures.map((path) => ({ what: "figure", path })),
      ...places
    ],
    next: [],
    skipped: skipped.map(({ message }) => message)
  })
})
