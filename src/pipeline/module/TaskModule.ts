/**
 * A task module: the default export of a file that declares a task to the command line, `TaskModule.make({...})`.
 * With it a task has the whole run: `anneal train|test|predict`, overrides, run directory, trackers, resume, sweeps.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Asked, Previewed } from "../inspect/Preview.ts"
import type { Subject } from "../inspect/Subject.ts"
import type { Canvas, CanvasError } from "../picture/Canvas.ts"
import type { ImageCodec, ImageError, RgbImage } from "../picture/Images.ts"
import type { Progress } from "../run/Progress.ts"
import type { RunDirectory, RunDirectoryError } from "../run/RunDirectory.ts"
import type { Box } from "../run/RunLogger.ts"
import type { Packable } from "../shards/ShardWriter.ts"
import type { DataError, Dataset } from "../task/Dataset.ts"
import type { Objective } from "../task/Objective.ts"
import type { Shared } from "../task/SampleCache.ts"
import type { Task } from "../task/Task.ts"
import type { DataServices, Workers } from "../task/Workers.ts"

export type { Asked, Previewed } from "../inspect/Preview.ts"
export type { Subject } from "../inspect/Subject.ts"
export type { Packable } from "../shards/ShardWriter.ts"
export type { Objective } from "../task/Objective.ts"

/** The plan asks for what cannot be, as only the data or the machine shows. */
export class PlanRefused extends Schema.TaggedError<PlanRefused>()("PlanRefused", {
  /** The plan's key, such as `data.long_side`. */
  key: Schema.String,
  value: Schema.String,
  problem: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return `${this.key}=${this.value}: ${this.problem}. ${this.cure}`
  }
}

/** What a task's data may require. */
export type TaskServices = DataServices | Scope.Scope | Workers

export type TaskFailure = DataError | PlanRefused

/** Which data a run reads: `train` reads its data to train and to validate. */
export type Purpose = "train" | "test"

export interface DataContext {
  /** Seed of the training run. */
  readonly seed: number
  readonly purpose: Purpose
}

/** The data sets of a plan; only `train` and `val` are read in training, only `test` in a test. */
export interface TaskData<B> {
  readonly train: Dataset<B>
  readonly val: Dataset<B>
  /** Absent: tests measure `val`, with a warning. */
  readonly test?: Dataset<B> | undefined
  /** Sentences for the person who trains, such as what was left out. */
  readonly warnings?: ReadonlyArray<string> | undefined
  /** Samples that were left out because they cannot be used: `run.json` and the summary at the end list them. */
  readonly skipped?: ReadonlyArray<DataError> | undefined
  /** The cache of its samples: `run.json` keeps what became of it. */
  readonly cache?: Shared | undefined
  /** Batches made ahead. Default 2. */
  readonly prefetch?: number | undefined
}

/** A sample that can be shown: the worst of them go to the trackers, the first into figures. */
export interface Picture {
  readonly name: string
  /** How well the model did; the lowest count as the worst. */
  readonly score: number
  /** A line under the picture. */
  readonly caption: string
  /** Frames it in figures. Default false. */
  readonly wrong?: boolean | undefined
  /** More columns for the table of the worst, by name. */
  readonly facts?: { readonly [column: string]: string | number } | undefined
  /** At most `maxSide` pixels a side; drawn when it is needed. */
  readonly draw: (maxSide: number) => Effect.Effect<Drawn, CanvasError | ImageError, Canvas | ImageCodec>
}

export interface Drawn extends RgbImage {
  /** Rectangles of truth and prediction, in pixels of the drawing, for trackers that show them. */
  readonly boxes?: { readonly truth: ReadonlyArray<Box>; readonly prediction: ReadonlyArray<Box> } | undefined
}

/** A picture of a whole evaluation, written to `figures/<name>.png` when the run ends. */
export interface Figure {
  readonly name: string
  readonly draw: Effect.Effect<RgbImage, CanvasError | ImageError, Canvas | ImageCodec>
}

/** What the newest whole evaluation left for figures. */
export interface Evaluated<O, S> {
  readonly kind: "val" | "test"
  readonly state: S
  /** Of the first batches, with `images` samples or more if there are as many. */
  readonly outputs: ReadonlyArray<O>
  /** Samples that a figure of single samples shows, the plan's `figure_images`. */
  readonly images: number
}

/** What a prediction wrote. */
export interface Predicted {
  /** Such as `12 regions on 3 pictures`. */
  readonly summary: string
  readonly samples: number
  /** What was written: `json`, and its path in the run directory. */
  readonly places: ReadonlyArray<{ readonly what: string; readonly path: string }>
  /** Why inputs were left out. */
  readonly skipped: ReadonlyArray<DataError>
}

export interface Prediction<B, O> {
  readonly inputs: Dataset<B>
  /** Batches made ahead. Default 2. */
  readonly prefetch?: number | undefined
  /** Reads the outputs as they come, and writes into the run directory. */
  readonly write: <E, R>(
    outputs: Stream.Stream<O, E, R>
  ) => Effect.Effect<
    Predicted,
    E | TaskFailure | RunDirectoryError,
    R | Progress | RunDirectory | TaskServices
  >
}

/** What a test leaves beside its metrics. */
export interface Reported {
  readonly figures: ReadonlyArray<Figure>
  /** Texts for the run directory: what each is, its path in it, and what it says. */
  readonly files: ReadonlyArray<{ readonly what: string; readonly path: string; readonly text: string }>
  /** Sentences for the person who tests. */
  readonly notes: ReadonlyArray<string>
}

/** A look at everything that a test makes of its samples. */
export interface Report<O> {
  /** `val`: evaluates the validation set, since something is chosen by it. Default: the test set. */
  readonly set?: "val" | undefined
  /** Sees the outputs of each batch as they come; they are gone afterwards. */
  readonly watch: (outputs: O) => void
  /** When all have been seen. */
  readonly result: () => Reported
}

/** What an export takes from a task beside its model. */
export interface Exported<B> {
  /**
   * A batch of one sample, of a small size that the net takes, with any numbers: the net is recorded with it. Without
   * one it is recorded with the first batch of the validation data, which must be there then.
   */
  readonly example?: B | undefined
  /** Keys of `config.json`, as transformers and transformers.js have them: `model_type`, `id2label`, …. */
  readonly config?: { readonly [key: string]: Schema.Json } | undefined
  /** Keys of `preprocessor_config.json`: how a picture becomes `pixel_values`. Without them there is no such file. */
  readonly preprocessor?: { readonly [key: string]: Schema.Json } | undefined
}

/** What does the work of a task module: `P` is its own part of the plan, `Q` what predictions are asked for. */
export interface Implementation<P, Q, B, O, S> {
  readonly task: (plan: P) => Task<B, O, S>
  readonly data: (plan: P, context: DataContext) => Effect.Effect<TaskData<B>, TaskFailure, TaskServices>
  /** Checks a batch that was kept because training diverged on it, so that a resumed run sees it again. */
  readonly batch?: Schema.Codec<B, unknown> | undefined
  readonly pictures?: ((outputs: O) => ReadonlyArray<Picture>) | undefined
  /** Default: the first pictures in a grid. Learning curves are drawn in any case. */
  readonly figures?: ((evaluated: Evaluated<O, S>) => ReadonlyArray<Figure>) | undefined
  /** What a test shows beside its metrics, by the task's plan and by the keys of the test. */
  readonly report?: ((plan: P, asked: unknown) => Report<O>) | undefined
  /** What `anneal data inspect` looks at; without it the command refuses the task. */
  readonly inspect?: ((plan: P) => Effect.Effect<Subject, TaskFailure, DataServices>) | undefined
  /** Training samples after their transforms, for `anneal data preview`; without it the command refuses the task. */
  readonly preview?:
    | ((plan: P, asked: Asked) => Effect.Effect<ReadonlyArray<Previewed>, TaskFailure, DataServices>)
    | undefined
  /** What `anneal data pack` writes into shards; without it the command refuses the task. */
  readonly pack?: ((plan: P) => Effect.Effect<Packable, TaskFailure, DataServices>) | undefined
  /** What `anneal export` writes beside the net; `seen` is a batch of its data, if they are there. Default: nothing. */
  readonly exported?: ((plan: P, seen: B | undefined) => Exported<B>) | undefined
  readonly predict?:
    | ((
        plan: P,
        asked: Q,
        options: { readonly strict: boolean }
      ) => Effect.Effect<Prediction<B, O>, TaskFailure, TaskServices>)
    | undefined
}

/** A Schema of keys at the root of a plan. */
export interface Keys<P> extends Schema.Codec<P, unknown> {
  readonly fields: { readonly [key: string]: Schema.Codec<unknown, unknown> }
}

export interface Declaration<P, T, Q> {
  /** The field's name for the task, in snake case: run directories have it in their path. */
  readonly name: string
  /** The task's own keys at the root of the plan. */
  readonly plan: Keys<P>
  readonly objective: Objective
  /** A folder of configs: its groups and `train.yaml`, `test.yaml`, `predict.yaml` join the search path. */
  readonly configs?: URL | undefined
  /** Keys of a test: one that is not null takes the place of the plan's. Default none. */
  readonly testPlan?: Keys<T> | undefined
  /** Keys of a prediction, likewise; a task with `predict` has them. */
  readonly predictPlan?: Keys<Q> | undefined
  /** Optional packages without which none of its runs can begin. */
  readonly requires?: ReadonlyArray<"pictures"> | undefined
  /**
   * Keys of its plan that may differ when a run is resumed, by their beginning. `free`: the weights and what they are
   * measured by stay what they are, as with the place of the data or the number of workers. `shown`: the weights stay,
   * but not how they are measured. All others change every number after them, and are refused.
   */
  readonly onResume?: { readonly [key: string]: "free" | "shown" } | undefined
  /** Commands that make sense after a training, beside `anneal test`: they end its summary. */
  readonly next?: ReadonlyArray<{ readonly command: string; readonly does: string }> | undefined
}

const TypeId = "~anneal/TaskModule"

export interface TaskModule<P, T, Q, B, O, S> extends Declaration<P, T, Q> {
  readonly [TypeId]: typeof TypeId
  readonly load: Effect.Effect<Implementation<P, Q, B, O, S>, TaskFailure>
  /** Calls `body` with this module: how code that knows no task works with any. */
  readonly use: <A>(body: <P, T, Q, B, O, S>(module: TaskModule<P, T, Q, B, O, S>) => A) => A
}

/** A task module of whatever types: what the command line knows of one before its work begins. */
export interface Any
  extends Pick<TaskModule<unknown, unknown, unknown, never, never, never>, typeof TypeId | "use"> {
  readonly name: string
  readonly objective: Objective
  readonly configs?: URL | undefined
  readonly plan: Keys<unknown>
  readonly testPlan?: Keys<unknown> | undefined
  readonly predictPlan?: Keys<unknown> | undefined
  readonly requires?: ReadonlyArray<"pictures"> | undefined
  readonly onResume?: { readonly [key: string]: "free" | "shown" } | undefined
  readonly next?: Declaration<unknown, unknown, unknown>["next"]
}

export const isTaskModule = (value: unknown): value is Any => Predicate.hasProperty(value, TypeId)

/**
 * A task module whose implementation is imported when it is needed, so that a refused override costs no time:
 * `load: Effect.promise(() => import("./implementation.ts")).pipe(Effect.map((module) => module.implementation))`.
 */
export const lazy = <P, B, O, S, T = unknown, Q = unknown>(
  options: Declaration<P, T, Q> & {
    readonly load: Effect.Effect<Implementation<NoInfer<P>, NoInfer<Q>, B, O, S>, TaskFailure>
  }
): TaskModule<P, T, Q, B, O, S> => {
  const module: TaskModule<P, T, Q, B, O, S> = { ...options, [TypeId]: TypeId, use: (body) => body(module) }
  return module
}

/** A task module. Its types follow from `plan` and `task`; a field that does not fit them is the compiler's error. */
export const make = <P, B, O, S, T = unknown, Q = unknown>(
  declaration: Declaration<P, T, Q> & {
    readonly task: (plan: NoInfer<P>) => Task<B, O, S>
  } & Omit<Implementation<NoInfer<P>, NoInfer<Q>, NoInfer<B>, NoInfer<O>, NoInfer<S>>, "task">
): TaskModule<P, T, Q, B, O, S> => lazy({ ...declaration, load: Effect.succeed(declaration) })
