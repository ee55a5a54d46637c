/** What `anneal train`, `test` and `predict` have in common: decode the plan, run it on its device, sum up. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Run from "../../config/sweep/Run.ts"
import * as Canvas from "../../layers/image/Canvas.ts"
import * as ImageCodec from "../../layers/image/ImageCodec.ts"
import type { TrainerPlan } from "../../pipeline/plan/Plan.ts"
import * as RunLayers from "../../runs/RunLayers.ts"
import * as ClosingSummary from "../terminal/ClosingSummary.ts"
import * as Progress from "../terminal/Progress.ts"
import * as TerminalScreen from "../terminal/Screen.ts"
import type { Command, Input } from "./config/Composition.ts"
import * as Decoded from "./config/Decoded.ts"

/** What a run contributes to the table of a sweep. */
export interface Outcome {
  readonly directory: string
  readonly metrics: { readonly [name: string]: number }
}

/** The program of a command with a configuration. */
export type Program<E, R> = (started: Run.Started, input: Input) => Effect.Effect<Outcome, E, R>

/** What every plan of a run has. */
type PlanSchema = Decoded.PlanSchema & { readonly Type: { readonly trainer: TrainerPlan } }

/** How a command runs its plan, and what its summary says beside the run directory and the time. */
export interface Job<S extends PlanSchema, O extends Outcome, E, R> {
  readonly schema: S
  readonly run: (plan: S["Type"], context: RunLayers.RunContext, input: Input) => Effect.Effect<O, E, R>
  readonly summary: (outcome: O, plan: S["Type"], input: Input) => Omit<ClosingSummary.Closing, "seconds">
}

/** Prints the summary: the run directory is the first of its places. */
const close = Effect.fnUntraced(function* (closing: ClosingSummary.Closing, directory: string) {
  const screen = yield* TerminalScreen.TerminalScreen
  const places = [{ what: "run", path: directory }, ...closing.places]
  yield* screen.print(ClosingSummary.lines({ ...closing, places }, process.cwd()))
})

/** The program of a command. A configuration that does not decode is refused before any device is looked for. */
export const make = <S extends PlanSchema, O extends Outcome, E, R>(command: Command, job: Job<S, O, E, R>) =>
  Effect.fn(command)(function* (started: Run.Started, input: Input) {
    const decoded = yield* Decoded.decode(started, job.schema, input)
    const { plan, context } = decoded
    const begun = yield* Clock.monotonicTimeNanos
    const layer = Layer.mergeAll(
      Progress.layer({ everySteps: plan.trainer.log_every_n_steps }),
      ImageCodec.layer,
      Canvas.layer
    ).pipe(Layer.provideMerge(TerminalScreen.layer))
    return yield* Effect.gen(function* () {
      yield* Decoded.warn(decoded)
      const outcome = yield* job
        .run(plan, context, input)
        .pipe(Effect.provide(RunLayers.device(plan.trainer)))
      const seconds = Number((yield* Clock.monotonicTimeNanos) - begun) / 1e9
      yield* close({ ...job.summary(outcome, plan, input), seconds }, outcome.directory)
      return outcome
    }).pipe(Effect.provide(layer))
  })
