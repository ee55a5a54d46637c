/** What `anneal train`, `test` and `predict` have in common: decode the plan, run it on its device, sum up. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Run from "../../config/sweep/Run.ts"
import * as Workers from "../../layers/data/Workers.ts"
import * as Canvas from "../../layers/image/Canvas.ts"
import * as ImageCodec from "../../layers/image/ImageCodec.ts"
import type { TaskModule } from "../../pipeline/module/TaskModule.ts"
import type { TrainerPlan } from "../../pipeline/plan/Plan.ts"
import type { Objective } from "../../pipeline/task/Objective.ts"
import * as RunLayers from "../../runs/RunLayers.ts"
import * as ModuleThrew from "../ModuleThrew.ts"
import * as ProgressLine from "../ProgressLine.ts"
import * as ClosingSummary from "../terminal/ClosingSummary.ts"
import * as TerminalScreen from "../terminal/Screen.ts"
import type { Command, Input } from "./config/Composition.ts"
import * as Composition from "./config/Composition.ts"
import * as Decoded from "./config/Decoded.ts"
import type { TaskChoice } from "./module/TaskChoice.ts"

/** What a run contributes to the table of a sweep. */
export interface Outcome {
  readonly directory: string
  readonly metrics: { readonly [name: string]: number }
  /** The values at the best checkpoint, under `best/`. */
  readonly bestMetrics?: { readonly [name: string]: number }
}

/** The outcome of a run of some task. */
export interface Judged extends Outcome {
  readonly objective: Objective
}

/** The program of a command with a configuration. */
export type Program<E, R> = (started: Run.Started, input: Input) => Effect.Effect<Judged, E, R>

/** A decoded plan, and how a run of it starts. */
export interface Ready<O, E, R> {
  readonly run: Decoded.RunPlan & { readonly trainer: TrainerPlan }
  readonly start: (context: RunLayers.RunContext, input: Input, task: TaskChoice) => Effect.Effect<O, E, R>
}

/** How a command runs a plan of any task, and what its summary says beside the run directory and the time. */
export interface Job<O extends Outcome, E, R, E2> {
  readonly prepare: <P, T, Q, B, V, S>(
    module: TaskModule<P, T, Q, B, V, S>,
    value: unknown
  ) => Effect.Effect<Ready<O, E, R>, E2>
  readonly summary: (
    outcome: O,
    input: Input,
    task: TaskChoice
  ) => Omit<ClosingSummary.Closing, "seconds" | "objective">
}

/** Prints the summary: the run directory is the first of its places. */
const close = Effect.fnUntraced(function* (closing: ClosingSummary.Closing, directory: string) {
  const screen = yield* TerminalScreen.TerminalScreen
  const places = [{ what: "run", path: directory }, ...closing.places]
  yield* screen.print(ClosingSummary.lines({ ...closing, places }, process.cwd()))
})

/** The program of a command. A configuration that does not decode is refused before any device is looked for. */
export const make = <O extends Outcome, E, R, E2>(command: Command, job: Job<O, E, R, E2>) =>
  Effect.fn(command)(function* (started: Run.Started, input: Input) {
    const choice = yield* Composition.taskOf(started.composed)
    const apart = (value: unknown) => choice.module.use((module) => job.prepare(module, value))
    const decoded = yield* Decoded.decode(started, { choice, command, apart }, input)
    const { run, start } = decoded.plan
    const { objective } = choice.module
    const begun = yield* Clock.monotonicTimeNanos
    const pictures = Layer.mergeAll(ImageCodec.layer, Canvas.layer)
    const layer = Workers.layer.pipe(
      Layer.provideMerge(pictures),
      Layer.provideMerge(ProgressLine.layer({ everySteps: run.trainer.log_every_n_steps, objective }))
    )
    return yield* Effect.gen(function* () {
      yield* Decoded.warn(decoded)
      const outcome = yield* start(decoded.context, input, choice).pipe(
        Effect.provide(RunLayers.device(run.trainer))
      )
      const seconds = Number((yield* Clock.monotonicTimeNanos) - begun) / 1e9
      yield* close({ ...job.summary(outcome, input, choice), objective, seconds }, outcome.directory)
      return { ...outcome, objective }
    }).pipe(Effect.provide(layer))
  }, ModuleThrew.reported)
