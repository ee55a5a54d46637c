/** `--multirun`: one configuration per combination of the swept values, each with a folder of its own. */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { ComposeOptions } from "../compose/Compose.ts"
import { type Composed, compose, valueAt } from "../compose/Composed.ts"
import * as HydraNode from "../compose/HydraNode.ts"
import type { InterpolationsInvalid } from "../interpolation/InterpolationError.ts"
import { keyOf } from "../node/Node.ts"
import * as Python from "../node/Python.ts"
import * as Override from "../override/Override.ts"
import type { ConfigError } from "../problem/ConfigError.ts"
import type { Cache } from "../source/Repository.ts"
import * as YamlWriter from "../yaml/Writer.ts"
import * as Run from "./Run.ts"
import * as Sweep from "./Sweep.ts"

/** One run of a sweep. */
export interface Job {
  /** 0-based; `hydra.job.num`. */
  readonly index: number
  /** The overrides of this job, without those of hydra itself. */
  readonly overrides: ReadonlyArray<string>
  readonly started: Run.Started
}

export interface Multirun {
  /** Absolute; `hydra.sweep.dir`. */
  readonly folder: string
  /** What belongs in the sweep's folder. */
  readonly files: Readonly<Record<string, string>>
  /** Jobs in the order they run; a batch is done before the next begins. */
  readonly batches: ReadonlyArray<ReadonlyArray<Job>>
}

/** How jobs are run. */
export interface Launcher {
  readonly launch: <A, E, R>(
    jobs: ReadonlyArray<Job>,
    run: (job: Job) => Effect.Effect<A, E, R>
  ) => Effect.Effect<ReadonlyArray<Outcome<A, E>>, never, R>
}

/** How a job ended. */
export interface Outcome<A, E> {
  readonly job: Job
  readonly exit: Exit.Exit<A, E>
}

/** One job after the other in this process; a job that fails does not stop the next. */
export const serial: Launcher = {
  launch: (jobs, run) =>
    Effect.forEach(jobs, (job) => Effect.map(Effect.exit(run(job)), (exit) => ({ job, exit })))
}

export type MultirunError = ConfigError | InterpolationsInvalid | Sweep.SweepError

/** Expands the sweep and composes every job, so that none fails to compose after others have run. */
export const plan = (
  options: ComposeOptions
): Effect.Effect<Multirun, MultirunError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const cache: Cache = options.cache ?? new Map()
    const overrides = [...options.overrides, "hydra.mode=MULTIRUN"]
    const master = yield* compose({ ...options, cache, overrides, mode: "multirun" })
    const swept = yield* sweptOverrides(master)
    const batchSize = yield* batchSizeOf(master)
    const expanded = yield* Sweep.expand(swept, {
      groupOptions: master.composition.repository.options,
      ...(batchSize === undefined ? {} : { batchSize })
    })
    const own = master.overrides.filter(HydraNode.isHydraOverride).map(({ input }) => input)
    const composeJob = (job: ReadonlyArray<string>) =>
      compose({ ...options, cache, overrides: [...own, ...job], mode: "run" })
    let index = 0
    const batches = yield* Effect.forEach(expanded, (batch) =>
      Effect.forEach(batch, (job) =>
        Effect.flatMap(composeJob(job), (composed) => prepare(composed, job, index++))
      )
    )
    const path = yield* Path.Path
    const folder = path.resolve(options.runtime.cwd, yield* Run.textAt(master, "hydra.sweep.dir"))
    return { folder, files: { "multirun.yaml": YamlWriter.write(master.root) }, batches }
  })

/** `hydra.sweeper.params`, then the overrides of the task; later ones of the same key win. */
const sweptOverrides = (master: Composed) =>
  Effect.gen(function* () {
    const params = yield* valueAt(master, "hydra.sweeper.params")
    const configured =
      params?._tag === "Map"
        ? [...params.entries].map(
            ([id, node]) => `${Python.keyText(keyOf(params, id))}=${Python.nodeText(node)}`
          )
        : []
    const task = master.overrides
      .filter((override) => !HydraNode.isHydraOverride(override))
      .map(({ input }) => input)
    return yield* Effect.forEach([...configured, ...task], (input, position) =>
      Effect.fromResult(Override.parse(input, position))
    )
  })

const batchSizeOf = (master: Composed) =>
  Effect.map(valueAt(master, "hydra.sweeper.max_batch_size"), (node) =>
    node?._tag === "Scalar" && typeof node.value === "bigint" && node.value > 0n
      ? Number(node.value)
      : undefined
  )

/** Numbers the job and puts it into its folder below the sweep's. */
const prepare = (composed: Composed, overrides: ReadonlyArray<string>, index: number) =>
  Effect.gen(function* () {
    const path = yield* Path.Path
    const numbered = Run.withValues(composed, { job: { id: String(index), num: index } })
    const folder = yield* Run.textAt(numbered, "hydra.sweep.dir")
    const subfolder = yield* Run.textAt(numbered, "hydra.sweep.subdir")
    const job: Job = { index, overrides, started: yield* Run.startIn(numbered, path.join(folder, subfolder)) }
    return job
  })
