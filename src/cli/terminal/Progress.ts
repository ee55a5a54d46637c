/** Shows the progress of a run: events become lines on the screen. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Progress } from "../../pipeline/run/Progress.ts"
import type { Objective } from "../../pipeline/task/Objective.ts"
import * as ProgressView from "./ProgressView.ts"
import { TerminalScreen } from "./Screen.ts"
import * as Text from "./Text.ts"

export interface ProgressOptions {
  /** `trainer.log_every_n_steps`: optimizer steps between lines if the output is not a terminal. */
  readonly everySteps: number
  /** Seconds of training after which a line is printed anyway; 30 by default. */
  readonly everySeconds?: number
  /** Of the task: its metric comes first. */
  readonly objective?: Objective | undefined
}

const text = (line: string): Text.Piece => Text.plain(Text.shortPaths(line, process.cwd()))

const make = ({ everySteps, everySeconds = 30, objective }: ProgressOptions) =>
  Effect.map(TerminalScreen, (screen) => {
    const options = { animates: screen.animates, everySteps, everySeconds, objective }
    let view = ProgressView.initial
    return Progress.of({
      watch: (event) =>
        Effect.flatMap(screen.columns, (columns) => {
          const rendered = ProgressView.render(view, event, options, columns)
          view = rendered.view
          return Effect.andThen(screen.print(rendered.lines), screen.draw(rendered.live))
        }),
      note: (line) => screen.print([[text(line)]]),
      warn: (line) => screen.print([[{ text: "warning: ", style: "warn" }, text(line)]])
    })
  })

/** In a terminal one live line, elsewhere a line for each interval; in both a line for each epoch. */
export const layer = (options: ProgressOptions): Layer.Layer<Progress, never, TerminalScreen> =>
  Layer.effect(Progress, make(options))
