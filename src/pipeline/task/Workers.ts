/**
 * Threads that make batches. A task says which module makes its data sets; this service runs that module in worker
 * threads, or in this thread, and gives data sets whose batches come from there.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import type { Canvas } from "../picture/Canvas.ts"
import type { ImageCodec } from "../picture/Images.ts"
import type { DataError, Dataset } from "./DatasetBase.ts"
import type { Shared } from "./SampleCache.ts"

/** What a data module may use, in a worker as in the thread of the run. */
export type DataServices = Canvas | FileSystem.FileSystem | ImageCodec | Path.Path

/** Data sets by name, such as `train` and `val`. */
export interface Sets<B> {
  readonly [name: string]: Dataset<B>
}

const TypeId = "~anneal/DataProgram"

/**
 * What the default export of a data module is: `setup` becomes data sets. It runs once in each thread. Setup and
 * batches are structured-cloneable, and a batch gives its buffers away: never return one that is kept.
 */
export interface DataProgram<Setup, S extends Sets<unknown>> {
  readonly [TypeId]: typeof TypeId
  readonly open: (setup: Setup) => Effect.Effect<S, DataError, DataServices>
}

export const serve = <Setup, S extends Sets<unknown>>(
  open: (setup: Setup) => Effect.Effect<S, DataError, DataServices>
): DataProgram<Setup, S> => ({ [TypeId]: TypeId, open })

export const isDataProgram = <Setup, S extends Sets<unknown>>(
  value: unknown
): value is DataProgram<Setup, S> => typeof value === "object" && value !== null && TypeId in value

export interface WorkersOptions<Setup> {
  /** The module, as `new URL("./data.ts", import.meta.url)`. */
  readonly module: URL
  readonly setup: Setup
  /** Threads; 0 makes batches in this thread, between steps; `auto`: as many as the machine has to spare, 1 to 4. */
  readonly threads: number | "auto"
  /** Names and sizes of the sets, if the caller knows them: otherwise a thread is asked, and waited for. */
  readonly known?: Sets<unknown> | undefined
  /** Where `SampleCache.cached` keeps values in all threads, from `SampleCache.open`; absent: nowhere. */
  readonly cache?: Shared | undefined
}

export class Workers extends Context.Service<
  Workers,
  {
    /**
     * The data sets of a module. The order of batches is that of the requests, whatever the number of threads. A
     * thread that crashes fails the batch that it was on as a `DataError`; the next batch gets a fresh thread. All
     * threads end with the scope.
     */
    readonly open: <Setup, S extends Sets<unknown>>(
      options: WorkersOptions<Setup>
    ) => Effect.Effect<S, DataError, Scope.Scope>
  }
>()("anneal/pipeline/Workers") {}

type SetsOf<D> = D extends DataProgram<infer _, infer S> ? S : never
type SetupOf<D> = D extends DataProgram<infer Setup, infer _> ? Setup : never

/**
 * The data sets of a module, made in worker threads:
 * `Dataset.inWorkers<typeof data>(new URL("./data.ts", import.meta.url), setup, { threads: 2 })`, where `data` is the
 * module's default export, imported as a type. One thread by default; with none, batches are made in this thread,
 * between steps. Fails if the module cannot be loaded or refuses the setup.
 */
export const inWorkers = <D extends DataProgram<never, Sets<unknown>>>(
  module: URL,
  setup: SetupOf<D>,
  { threads = 1, cache }: Partial<Pick<WorkersOptions<never>, "threads" | "cache">> = {}
): Effect.Effect<SetsOf<D>, DataError, Scope.Scope | Workers> =>
  Effect.flatMap(Workers, ({ open }) => open<SetupOf<D>, SetsOf<D>>({ module, setup, threads, cache }))
