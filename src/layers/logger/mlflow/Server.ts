/** Delivers a run to an MLflow tracking server. */
import { basename, dirname } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import type { MlflowPlan } from "../../../pipeline/plan/LoggerPlan.ts"
import type { Delivery, DeliveryError } from "../spool/Delivery.ts"
import type { SpooledEntry, SpooledFinish } from "../spool/Entry.ts"
import type { SpoolHead } from "../spool/File.ts"
import type { RunFolder } from "../spool/RunFiles.ts"
import * as CheckpointChoice from "../tracker/CheckpointChoice.ts"
import * as Api from "./Api.ts"
import * as Artifacts from "./Artifacts.ts"
import * as Batch from "./Batch.ts"

const Place = Schema.Struct({ run: Schema.String, artifacts: Schema.String })
type Place = typeof Place.Type

const ServerState = Schema.Struct({
  /** The run's id and where its artifacts are, once the server has answered. */
  place: Schema.NullOr(Place),
  /** Parameters that the server has: they cannot change. */
  parameters: Schema.Array(Schema.String),
  step: Schema.Int,
  finished: Schema.Boolean,
  waiting: CheckpointChoice.Waiting
})
type ServerState = typeof ServerState.Type

const initial: ServerState = { place: null, parameters: [], step: 0, finished: false, waiting: {} }

/** The tag that identifies our run if the answer to its creation was lost. */
const ownTag = "anneal.run"

interface Sender {
  readonly fs: FileSystem.FileSystem
  readonly api: Api.Api
  readonly plan: MlflowPlan
  readonly head: SpoolHead
  readonly folder: RunFolder
}

const isMissing = ({ problem }: DeliveryError): boolean => problem.includes("RESOURCE_DOES_NOT_EXIST")

/** The experiment by its name, created if it does not exist. */
const experiment = ({ api, plan }: Sender) => {
  const { experiment_name: name } = plan
  const found = api.get("experiments/get-by-name", { experiment_name: name }, Api.GetExperiment)
  return found.pipe(
    Effect.map((answer) => answer.experiment.experiment_id),
    Effect.catchIf(isMissing, () =>
      Effect.map(api.post("experiments/create", { name }, Api.CreateExperiment), (made) => made.experiment_id)
    )
  )
}

const tagsOf = ({ plan, head }: Sender) =>
  Object.entries({
    ...plan.tags,
    [ownTag]: head.run.id,
    "mlflow.source.name": head.run.command.join(" "),
    "mlflow.source.type": "LOCAL",
    ...(head.run.commit === null ? {} : { "mlflow.source.git.commit": head.run.commit })
  }).map(([key, value]) => ({ key, value }))

/** `exp/20260102_030405_42`, the folders of the run. */
const nameOf = ({ plan, head }: Sender): string =>
  plan.run_name ?? `${basename(dirname(head.run.path))}/${basename(head.run.path)}`

/** The run with our tag, created if it does not exist. */
const placed = Effect.fnUntraced(function* (sender: Sender): Effect.fn.Return<Place, DeliveryError> {
  const { api, head } = sender
  const experimentId = yield* experiment(sender)
  const filter = `tags."${ownTag}" = '${head.run.id}'`
  const search = { experiment_ids: [experimentId], filter, max_results: 1 }
  const { runs = [] } = yield* api.post("runs/search", search, Api.SearchRuns)
  const [found] = runs
  const run =
    found ??
    (yield* api.post(
      "runs/create",
      {
        experiment_id: experimentId,
        start_time: Date.parse(head.run.started),
        run_name: nameOf(sender),
        tags: tagsOf(sender)
      },
      Api.CreateRun
    )).run
  return { run: run.info.run_id, artifacts: run.info.artifact_uri ?? "" }
})

const update = ({ api }: Sender, { run }: Place, status: string, end?: number) =>
  api.post(
    "runs/update",
    { run_id: run, status, ...(end === undefined ? {} : { end_time: Math.round(end) }) },
    Api.Nothing
  )

const logParameters = (sender: Sender, { run }: Place, parameters: ReadonlyArray<Batch.Parameter>) =>
  Effect.forEach(
    Batch.chunked(parameters, Batch.mostParameters),
    (params) => sender.api.post("runs/log-batch", { run_id: run, params }, Api.Nothing),
    { discard: true }
  )

const logMetrics = (sender: Sender, { run }: Place, all: ReadonlyArray<Batch.Metric>) =>
  Effect.forEach(
    Batch.chunked(all, Batch.mostMetrics),
    (metrics) => sender.api.post("runs/log-batch", { run_id: run, metrics }, Api.Nothing),
    { discard: true }
  )

/** Sends files one by one; none if the server does not accept artifacts. */
const upload = Effect.fnUntraced(function* (
  { api }: Sender,
  { artifacts }: Place,
  files: ReadonlyArray<Artifacts.ArtifactFile>
): Effect.fn.Return<void, DeliveryError> {
  const root = Artifacts.rootOf(artifacts)
  if (root === undefined) return
  for (const { name, bytes } of files) {
    yield* api.upload(`${root}/${name}`, yield* bytes)
  }
})

const statusOf: Readonly<Record<SpooledFinish["status"], string>> = {
  done: "FINISHED",
  failed: "FAILED",
  interrupted: "KILLED"
}

const finishRun = (sender: Sender, place: Place, { status, summary, time }: SpooledFinish, step: number) =>
  Effect.andThen(
    logMetrics(sender, place, Batch.summaryOf(summary, time, step)),
    update(sender, place, statusOf[status], time)
  )

const sendFiles = Effect.fnUntraced(function* (
  sender: Sender,
  place: Place,
  waiting: CheckpointChoice.Waiting,
  entries: ReadonlyArray<SpooledEntry>
): Effect.fn.Return<CheckpointChoice.Waiting, DeliveryError> {
  const { fs, plan, folder } = sender
  yield* upload(
    sender,
    place,
    entries.flatMap((entry) => Artifacts.filesOf(fs, folder, entry))
  )
  const chosen = CheckpointChoice.choose(plan.log_model, waiting, entries)
  for (const checkpoint of chosen.now) {
    yield* upload(sender, place, yield* Artifacts.modelOf(fs, folder, place.run, checkpoint))
  }
  return chosen.waiting
})

/** Parameters of all plans that are not yet `known`; the first plan that has a parameter decides its value. */
const newParameters = (
  entries: ReadonlyArray<SpooledEntry>,
  known: Set<string>
): ReadonlyArray<Batch.Parameter> =>
  entries.flatMap((entry) => {
    if (entry._tag !== "Hyperparameters") return []
    const parameters = Batch.parametersOf(entry.plan, known)
    for (const { key } of parameters) known.add(key)
    return parameters
  })

const send = Effect.fnUntraced(function* (
  sender: Sender,
  state: ServerState,
  entries: ReadonlyArray<SpooledEntry>
): Effect.fn.Return<ServerState, DeliveryError> {
  const place = state.place ?? (yield* placed(sender))
  // A run that is resumed after its end has the status running again.
  if (state.finished) yield* update(sender, place, "RUNNING")
  const known = new Set(state.parameters)
  const parameters = newParameters(entries, known)
  yield* logParameters(sender, place, parameters)
  yield* logMetrics(sender, place, Batch.metricsOf(entries, Date.parse(sender.head.run.started)))
  const waiting = yield* sendFiles(sender, place, state.waiting, entries)
  const step = Batch.lastStep(entries, state.step)
  const finish = entries.findLast((entry) => entry._tag === "Finish")
  if (finish !== undefined) yield* finishRun(sender, place, finish, step)
  return {
    place,
    parameters: [...known],
    step,
    finished: finish !== undefined,
    waiting
  }
})

/**
 * Delivers to the server behind `api`. Metrics carry the time at which they were logged, so that a server with a
 * database recognises one that it already has.
 */
export const make = Effect.fnUntraced(function* (
  plan: MlflowPlan,
  head: SpoolHead,
  folder: RunFolder,
  api: Api.Api
): Effect.fn.Return<Delivery<ServerState>, never, FileSystem.FileSystem> {
  const sender = { fs: yield* FileSystem.FileSystem, api, plan, head, folder }
  return {
    initial,
    codec: ServerState,
    every: 5,
    send: (state, entries) => send(sender, state, entries)
  }
})
