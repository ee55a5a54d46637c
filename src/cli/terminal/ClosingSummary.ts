/** The summary that ends a run: how it ended, where everything is, and what to run next. Pure. */
import type { Metrics } from "../../pipeline/task/Metric.ts"
import * as Objective from "../../pipeline/task/Objective.ts"
import * as Text from "./Text.ts"

export interface Closing {
  /** `trained`, `tested`, `predicted`. */
  readonly outcome: string
  /** Why it ended, e.g. `max_epochs=3 reached`. */
  readonly reason?: string
  readonly seconds: number
  readonly metrics: Metrics
  /** Of the task: its metric comes first. Those of single classes are left out. */
  readonly objective?: Objective.Objective
  /** Where things are: `run`, `checkpoint`, `figure`, `predictions`, …; shown in this order. */
  readonly places: ReadonlyArray<{ readonly what: string; readonly path: string }>
  /** Commands worth running now, each with what it does. */
  readonly next: ReadonlyArray<{ readonly command: string; readonly does: string }>
  /** Why inputs were left out, a sentence each. */
  readonly skipped?: ReadonlyArray<string>
}

/** The most of what was skipped that is listed. */
const listed = 20

const padded = (words: ReadonlyArray<string>): ((word: string) => string) => {
  const width = Math.max(0, ...words.map((word) => word.length))
  return (word) => word.padEnd(width)
}

const metricLines = ({ metrics, objective }: Closing): ReadonlyArray<Text.Line> => {
  const parts = Objective.shown(Object.keys(metrics), objective).flatMap((name) => {
    const value = metrics[name]
    return value === undefined ? [] : [Text.metric(name, value)]
  })
  return parts.length === 0
    ? []
    : [parts.flatMap((part, i) => (i === 0 ? part : [Text.plain("  "), ...part]))]
}

/** What was left out comes last, where it is noticed. */
const skippedLines = (skipped: ReadonlyArray<string>, cwd: string): ReadonlyArray<Text.Line> =>
  skipped.length === 0
    ? []
    : [
        [],
        ...skipped
          .slice(0, listed)
          .map((message) => [
            { text: "skipped  ", style: "warn" } as const,
            Text.plain(Text.shortPaths(message, cwd))
          ]),
        ...(skipped.length > listed ? [[Text.plain(`and ${skipped.length - listed} more`)]] : [])
      ]

/** Lines of any width: paths, as they are typed in `cwd`, and commands are for copying and are never cut. */
export const lines = (closing: Closing, cwd: string): ReadonlyArray<Text.Line> => {
  const label = padded(closing.places.map(({ what }) => what))
  const command = padded(closing.next.map((one) => one.command))
  const reason = closing.reason === undefined ? "" : `: ${closing.reason}`
  return [
    [],
    [Text.bold(closing.outcome), Text.plain(` in ${Text.duration(closing.seconds)}${reason}`)],
    ...metricLines(closing),
    ...closing.places.map(({ what, path }) => [
      Text.dim(`${label(what)}  `),
      Text.plain(Text.path(path, cwd))
    ]),
    ...(closing.next.length === 0 ? [] : [[Text.dim("next:")]]),
    ...closing.next.map((one) => [Text.plain(`  ${command(one.command)}`), Text.dim(`  # ${one.does}`)]),
    ...skippedLines(closing.skipped ?? [], cwd)
  ]
}
