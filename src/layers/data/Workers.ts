/** The `Workers` service: a task's data module in worker threads, or in this thread. */
import { availableParallelism } from "node:os"
import { extname } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Semaphore from "effect/Semaphore"
import { RemoteFiles } from "../../pipeline/shards/RemoteFiles.ts"
import { DataError, type Dataset } from "../../pipeline/task/Dataset.ts"
import { SampleCache, type Shared } from "../../pipeline/task/SampleCache.ts"
import {
  type DataServices,
  isDataProgram,
  type Sets,
  Workers,
  type WorkersOptions
} from "../../pipeline/task/Workers.ts"
import * as Thrown from "../internal/Thrown.ts"
import * as HttpFiles from "./HttpFiles.ts"
import * as SampleFiles from "./SampleFiles.ts"
import * as WorkerPool from "./WorkerPool.ts"

/** What a thread is asked. */
export type Job =
  | { readonly _tag: "Describe" }
  | { readonly _tag: "Fingerprint"; readonly set: string }
  | { readonly _tag: "Batch"; readonly set: string; readonly epoch: number; readonly index: number }

/** Given to a thread once. */
export interface ThreadSetup {
  /** Address of the data module. */
  readonly module: string
  readonly setup: unknown
  readonly cache: Shared | undefined
}

export type Description = Pick<Dataset<unknown>, "name" | "samples" | "length" | "batchSize"> & {
  readonly hasFingerprint: boolean
}

export type Answer =
  | { readonly _tag: "Described"; readonly sets: { readonly [name: string]: Description } }
  | { readonly _tag: "Fingerprint"; readonly digest: string }
  | { readonly _tag: "Batch"; readonly batch: unknown }

const loadFailed = (module: string) => (cause: unknown) =>
  new DataError({
    where: module,
    problem: `the data module cannot be loaded: ${Thrown.said(cause)}`,
    cure: 'Name it as new URL("./data.ts", import.meta.url), and mend what it throws when it is imported.'
  })

const opened = Effect.fnUntraced(function* <Setup, S extends Sets<unknown>>(
  module: string,
  setup: Setup
): Effect.fn.Return<S, DataError, DataServices> {
  const loaded: { readonly default?: unknown } = yield* Effect.tryPromise({
    try: () => import(module),
    catch: loadFailed(module)
  })
  const program = loaded.default
  if (isDataProgram<Setup, S>(program)) return yield* program.open(setup)
  return yield* new DataError({
    where: module,
    problem: "its default export is no data program",
    cure: "Write `export default Workers.serve((setup) => …)`, which gives data sets by name."
  })
})

/** The data sets of a module, in the thread that calls; they keep values in `cache`. */
export const openHere = Effect.fnUntraced(function* <Setup, S extends Sets<unknown>>(
  module: string,
  setup: Setup,
  cache: Shared | undefined
): Effect.fn.Return<S, DataError, DataServices> {
  const services = Context.make(SampleCache, cache && SampleFiles.storeOf(cache)).pipe(
    Context.add(RemoteFiles, HttpFiles.read)
  )
  const sets = yield* Effect.provide(opened<Setup, S>(module, setup), services)
  return mapped<S>(sets, (set) => ({
    ...set,
    batch: (epoch, index) => Effect.provide(set.batch(epoch, index), services)
  }))
})

/** Batches are made one at a time, since they share the thread with the engine. */
const inTurn = Effect.fnUntraced(function* <S extends Sets<unknown>>(sets: S) {
  const turn = yield* Semaphore.make(1)
  return mapped<S>(sets, (set) => ({
    ...set,
    batch: (epoch: number, index: number) => turn.withPermit(set.batch(epoch, index))
  }))
})

const areSets = <S extends Sets<unknown>>(sets: Sets<unknown>, names: ReadonlyArray<string>): sets is S =>
  names.every((name) => Predicate.hasProperty(sets, name))

/** The same names, so that what was said of their types holds on. */
const mapped = <S extends Sets<unknown>>(
  sets: { readonly [name: string]: Dataset<unknown> },
  change: (set: Dataset<unknown>) => Dataset<unknown>
): S => {
  const names = Object.keys(sets)
  const changed = Object.fromEntries(Object.entries(sets).map(([name, set]) => [name, change(set)]))
  if (areSets<S>(changed, names)) return changed
  throw new Error(`data sets ${names.join(", ")} lost their names`)
}

const unexpected = ({ _tag }: Answer) =>
  Effect.die(new Error(`a data worker answered ${_tag} to another job`))

/** What is known of data sets without their batches. */
export const describe = (sets: Sets<unknown>): { readonly [name: string]: Description } =>
  Object.fromEntries(
    Object.entries(sets).map(([set, { name, samples, length, batchSize, fingerprint }]) => [
      set,
      { name, samples, length, batchSize, hasFingerprint: fingerprint !== undefined }
    ])
  )

const asked = Effect.fnUntraced(function* ({ run }: WorkerPool.WorkerPool<Job, Answer>) {
  const answer = yield* run({ _tag: "Describe" })
  return answer._tag === "Described" ? answer.sets : yield* unexpected(answer)
})

const served = (
  { run }: WorkerPool.WorkerPool<Job, Answer>,
  set: string,
  { hasFingerprint, ...described }: Description
): Dataset<unknown> => ({
  ...described,
  batch: (epoch, index) =>
    Effect.flatMap(run({ _tag: "Batch", set, epoch, index }), (answer) =>
      answer._tag === "Batch" ? Effect.succeed(answer.batch) : unexpected(answer)
    ),
  ...(hasFingerprint
    ? {
        fingerprint: Effect.flatMap(run({ _tag: "Fingerprint", set }), (answer) =>
          answer._tag === "Fingerprint" ? Effect.succeed(answer.digest) : unexpected(answer)
        )
      }
    : {})
})

/** More would only hold more pictures in memory: one thread prepares batches faster than most engines use them. */
const mostByItself = 4

/** What the machine has beside the thread of the engine. */
const spare = Effect.sync(() => Math.max(1, Math.min(mostByItself, availableParallelism() - 1)))

const inThreads = Effect.fnUntraced(function* <Setup, S extends Sets<unknown>>({
  module,
  setup,
  threads,
  known,
  cache
}: WorkersOptions<Setup>) {
  const pool = yield* WorkerPool.make<ThreadSetup, Job, Answer>({
    // The same name in every form this module takes: .ts here, .js in the library, .mjs in the bundle.
    entry: new URL(`./dataWorker${extname(import.meta.url)}`, import.meta.url),
    setup: { module: module.href, setup, cache },
    workers: threads === "auto" ? yield* spare : threads
  })
  const described = known === undefined ? yield* asked(pool) : describe(known)
  const sets = Object.fromEntries(
    Object.entries(described).map(([name, described]) => [name, served(pool, name, described)])
  )
  return mapped<S>(sets, (set) => set)
})

export const layer: Layer.Layer<Workers, never, DataServices> = Layer.effect(
  Workers,
  Effect.map(Effect.context<DataServices>(), (services) =>
    Workers.of({
      open: <Setup, S extends Sets<unknown>>(options: WorkersOptions<Setup>) =>
        Effect.andThen(
          options.cache === undefined ? Effect.void : SampleFiles.prepare(options.cache),
          options.threads === 0
            ? openHere<Setup, S>(options.module.href, options.setup, options.cache).pipe(
                Effect.flatMap((sets) => inTurn<S>(sets)),
                Effect.provide(services)
              )
            : inThreads<Setup, S>(options)
        )
    })
  )
)
