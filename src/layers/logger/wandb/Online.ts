/** Weights & Biases through its server: the run, its history by line number, files, checkpoints, and its end. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import type { WandbPlan } from "../../../pipeline/plan/LoggerPlan.ts"
import * as Durable from "../../internal/Durable.ts"
import { type Delivery, DeliveryError } from "../spool/Delivery.ts"
import type { SpooledEntry, SpooledFinish, SpooledImage, SpooledSystem } from "../spool/Entry.ts"
import * as RunFiles from "../spool/RunFiles.ts"
import * as Choice from "../tracker/CheckpointChoice.ts"
import type { Api, FileStream } from "./Api.ts"
import * as Artifact from "./Artifact.ts"
import * as FileEnd from "./FileEnd.ts"
import * as Media from "./Media.ts"
import * as Output from "./Output.ts"
import * as Queries from "./Queries.ts"
import * as Rows from "./Rows.ts"
import * as RunFacts from "./RunFacts.ts"
import * as Stats from "./Stats.ts"

const OnlineState = Schema.Struct({
  /** Where the server keeps the run, once it has answered. */
  place: Schema.NullOr(Schema.Struct({ entity: Schema.String, project: Schema.String })),
  /** The plan that the server has. */
  plan: Schema.Json,
  rows: Rows.Rows,
  /** How many samples of the machine were sent so far. */
  events: Schema.Int.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  output: Output.Written.pipe(Schema.withDecodingDefaultKey(Effect.succeed(Output.nothing))),
  waiting: Choice.Waiting
})
type OnlineState = typeof OnlineState.Type

const initial: OnlineState = {
  place: null,
  plan: {},
  rows: Rows.empty,
  events: 0,
  output: Output.nothing,
  waiting: {}
}

const unwritable = (error: PlatformError) =>
  new DeliveryError({
    problem: `${Output.file} cannot be written: ${Durable.problemOf(error)}`,
    final: false,
    retryAfter: null
  })

/** Their own client keeps it in the same place. */
const outputPath = ({ fs, folder, facts: { stamp, id } }: Sender): Effect.Effect<string, DeliveryError> =>
  RunFiles.locate(fs, folder, `wandb/run-${stamp}-${id}/files/${Output.file}`)

interface Sender {
  readonly fs: FileSystem.FileSystem
  readonly api: Api
  readonly facts: RunFacts.RunFacts
  readonly folder: RunFiles.RunFolder
}

interface RunFile {
  readonly name: string
  readonly bytes: Uint8Array
}

const encoder = new TextEncoder()
const isImage = (entry: SpooledEntry): entry is SpooledImage => entry._tag === "Image"

/** Creates the run on the server, or updates it. */
const upsert = ({ api, facts }: Sender, plan: Schema.Json, change: Readonly<Record<string, unknown>> = {}) =>
  Effect.map(
    api.query(
      Queries.upsertBucket,
      {
        name: facts.id,
        project: facts.project,
        entity: facts.entity,
        groupName: facts.group,
        displayName: facts.name,
        notes: facts.notes,
        commit: facts.commit,
        config: RunFacts.configText(plan),
        host: facts.host,
        program: facts.program,
        tags: facts.tags,
        ...change
      },
      Queries.UpsertBucket
    ),
    ({ upsertBucket }) => ({
      project: upsertBucket.bucket.project.name,
      entity: upsertBucket.bucket.project.entity.name
    })
  )

const uploadFiles = Effect.fnUntraced(function* (
  { api }: Sender,
  run: Artifact.ArtifactRun,
  files: ReadonlyArray<RunFile>
): Effect.fn.Return<ReadonlyArray<string>, DeliveryError> {
  if (files.length === 0) return []
  const variables = {
    entity: run.entity,
    project: run.project,
    run: run.id,
    files: files.map(({ name }) => name)
  }
  const { createRunFiles } = yield* api.query(Queries.createRunFiles, variables, Queries.CreateRunFiles)
  for (const { name, uploadUrl } of createRunFiles.files) {
    const file = files.find((one) => one.name === name)
    if (file === undefined || uploadUrl === null) continue
    yield* api.upload({ url: uploadUrl, headers: createRunFiles.uploadHeaders, bytes: file.bytes })
  }
  return files.map(({ name }) => name)
})

const mediaFiles = Effect.fnUntraced(function* (
  { fs, folder }: Sender,
  entries: ReadonlyArray<SpooledEntry>
): Effect.fn.Return<ReadonlyArray<RunFile>, DeliveryError> {
  const pictures = yield* Effect.forEach(entries.filter(isImage), ({ file }) =>
    Effect.map(RunFiles.read(fs, folder, file), (bytes) => ({ name: file, bytes }))
  )
  const texts = Media.textFiles(entries).map(({ name, text }) => ({ name, bytes: encoder.encode(text) }))
  return [...pictures, ...texts]
})

const metadataOf = ({ facts }: Sender): RunFile => ({
  name: "wandb-metadata.json",
  bytes: encoder.encode(
    JSON.stringify({
      startedAt: DateTime.formatIso(DateTime.makeUnsafe(facts.started)),
      program: facts.program,
      host: facts.host,
      root: facts.path,
      ...(facts.commit === null ? {} : { git: { commit: facts.commit } })
    })
  )
})

const historyOf = (rows: ReadonlyArray<Rows.Row>, offset: number): FileStream =>
  rows.length === 0 ? {} : { files: { "wandb-history.jsonl": { offset, content: rows.map(Rows.lineOf) } } }

const eventsOf = (samples: ReadonlyArray<SpooledSystem>, offset: number, started: number): FileStream =>
  samples.length === 0
    ? {}
    : {
        files: {
          "wandb-events.jsonl": { offset, content: samples.map((one) => Stats.lineOf(one, started)) }
        }
      }

const summaryOf = (rows: Rows.Rows): FileStream => ({
  files: { "wandb-summary.json": { offset: 0, content: [Rows.summaryText(rows)] } }
})

const endOf = (finish: SpooledFinish | undefined): FileStream =>
  finish === undefined ? {} : { complete: true, exitcode: RunFacts.exitCode(finish.status) }

const outputFile = (sender: Sender, { bytes }: Output.Written) =>
  bytes === 0
    ? Effect.succeed([])
    : outputPath(sender).pipe(
        Effect.flatMap((path) => RunFiles.read(sender.fs, sender.folder, path)),
        Effect.map((read) => [{ name: Output.file, bytes: read }])
      )

/** The end of a run: its name with the score, its last files. */
const finishRun = Effect.fnUntraced(function* (
  sender: Sender,
  run: Artifact.ArtifactRun,
  state: OnlineState,
  finish: SpooledFinish
): Effect.fn.Return<ReadonlyArray<string>, DeliveryError> {
  const name = RunFacts.scoredName(sender.facts.name, finish.summary, sender.facts.objective)
  if (name !== sender.facts.name) yield* upsert(sender, state.plan, { displayName: name })
  const summary = { name: "wandb-summary.json", bytes: encoder.encode(Rows.summaryText(state.rows)) }
  const output = yield* outputFile(sender, state.output)
  return yield* uploadFiles(sender, run, [metadataOf(sender), summary, ...output])
})

const placed = Effect.fnUntraced(function* (
  sender: Sender,
  state: OnlineState,
  plan: Schema.Json | undefined
): Effect.fn.Return<OnlineState, DeliveryError> {
  if (state.place !== null && plan === undefined) return state
  const known = plan ?? state.plan
  return { ...state, plan: known, place: yield* upsert(sender, known) }
})

const send = Effect.fnUntraced(function* (
  sender: Sender,
  logModel: WandbPlan["log_model"],
  before: OnlineState,
  entries: ReadonlyArray<SpooledEntry>
): Effect.fn.Return<OnlineState, DeliveryError> {
  const plan = entries.findLast((entry) => entry._tag === "Hyperparameters")?.plan
  const state = yield* placed(sender, before, plan)
  const { facts, fs, api, folder } = sender
  const run = { entity: facts.entity ?? "", project: facts.project, ...state.place, id: facts.id }
  const { rows, complete } = Rows.fold(state.rows, entries, facts.started)
  const uploaded = yield* uploadFiles(sender, run, yield* mediaFiles(sender, entries))
  const { now, waiting } = Choice.choose(logModel, state.waiting, entries)
  for (const artifact of now) yield* Artifact.send(fs, folder, api, run, artifact, rows.lines)
  const samples = Stats.samplesOf(entries)
  const said = Output.linesOf(entries)
  const path = yield* outputPath(sender)
  const output = yield* Output.append(fs, path, state.output, said).pipe(Effect.mapError(unwritable))
  const next = { ...state, rows, events: state.events + samples.length, output, waiting }
  const finish = entries.findLast((entry) => entry._tag === "Finish")
  const last = finish === undefined ? [] : yield* finishRun(sender, run, next, finish)
  const files = {
    ...historyOf(complete, state.rows.lines).files,
    ...eventsOf(samples, state.events, facts.started).files,
    ...Output.streamOf(said, state.output.lines).files,
    ...summaryOf(rows).files
  }
  const all = [...uploaded, ...last]
  yield* api.stream(`${run.entity}/${run.project}/${run.id}`, {
    ...(entries.length === 0 ? {} : { files }),
    ...(all.length === 0 ? {} : { uploaded: all }),
    ...endOf(finish)
  })
  return next
})

/** Delivers to the server behind `api`. */
export const make = Effect.fnUntraced(function* (
  plan: WandbPlan,
  facts: RunFacts.RunFacts,
  folder: RunFiles.RunFolder,
  api: Api
): Effect.fn.Return<Delivery<OnlineState>, never, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const sender = { fs, api, facts, folder }
  return {
    initial,
    codec: OnlineState,
    every: 5,
    heartbeat: 30,
    holds: ({ output }) =>
      outputPath(sender).pipe(
        Effect.flatMap((path) => FileEnd.reaches(fs, path, output.bytes)),
        Effect.catch(() => Effect.succeed(true))
      ),
    send: (state, entries) => send(sender, plan.log_model, state, entries)
  }
})
