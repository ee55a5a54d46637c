/**
 * `anneal/ProgressLine`: the progress of a run as the command line shows it, for programs of one's own.
 *
 * It is a layer of the `Progress` service: `Run.train(task, plan, { progress: ProgressLine.layer() })`, or around a
 * trainer of one's own:
 *
 * ```ts
 * import * as ProgressLine from "anneal/ProgressLine"
 * import { Progress } from "anneal/Progress"
 * import type { Event } from "anneal/Event"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const shown = <E, R>(events: Stream.Stream<Event, E, R>) =>
 *   Progress.use(({ watch }) => Stream.runForEach(events, watch)).pipe(Effect.provide(ProgressLine.layer()))
 * ```
 */
import * as Layer from "effect/Layer"
import type { Progress } from "../pipeline/run/Progress.ts"
import type { Objective } from "../pipeline/task/Objective.ts"
import * as TerminalProgress from "./terminal/Progress.ts"
import * as TerminalScreen from "./terminal/Screen.ts"

export interface ProgressLineOptions {
  /** Optimizer steps between lines if the output is not a terminal; 50 by default. */
  readonly everySteps?: number
  /** Seconds of training after which a line is printed anyway; 30 by default. */
  readonly everySeconds?: number
  /** The objective of the task: its metric comes first. */
  readonly objective?: Objective | undefined
}

/** What the lines are drawn on. */
export type Surface = TerminalScreen.Surface

const over = (
  { everySteps = 50, everySeconds = 30, objective }: ProgressLineOptions,
  screen: typeof TerminalScreen.layer
) => TerminalProgress.layer({ everySteps, everySeconds, objective }).pipe(Layer.provideMerge(screen))

type Shown = Progress | TerminalScreen.TerminalScreen

/**
 * On standard error: in a terminal one live line, elsewhere a line for each interval; in both a line for each epoch.
 * Effect's log is printed there as well, or it would break the live line.
 */
export const layer = (options: ProgressLineOptions = {}): Layer.Layer<Shown> =>
  over(options, TerminalScreen.layer)

/** The same on another output, such as one of a test. */
export const layerOn = (surface: Surface, options: ProgressLineOptions = {}): Layer.Layer<Shown> =>
  over(options, TerminalScreen.layerOn(surface))
