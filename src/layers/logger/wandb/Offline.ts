/**
 * Weights & Biases without a server: `wandb/offline-run-<date>-<id>/run-<id>.wandb`, which `wandb sync` sends.
 *
 * Deliveries from the spool write the file. Each starts where the previous one ended, so the rest of a crashed one is
 * cut off first; and a run that is resumed after its end removes its exit record.
 */
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import type { WandbPlan } from "../../../pipeline/plan/LoggerPlan.ts"
import * as Durable from "../../internal/Durable.ts"
import { type Delivery, DeliveryError } from "../spool/Delivery.ts"
import type { SpooledEntry, SpooledFinish, SpooledImage } from "../spool/Entry.ts"
import * as RunFiles from "../spool/RunFiles.ts"
import * as Choice from "../tracker/CheckpointChoice.ts"
import * as FileEnd from "./FileEnd.ts"
import * as Manifest from "./Manifest.ts"
import * as Media from "./Media.ts"
import * as Output from "./Output.ts"
import * as Records from "./Records.ts"
import * as Rows from "./Rows.ts"
import * as RunFacts from "./RunFacts.ts"
import * as Stats from "./Stats.ts"
import * as TransactionLog from "./TransactionLog.ts"

const OfflineState = Schema.Struct({
  /** Valid bytes of the file, and the records in them, without the exit. */
  length: Schema.Int,
  records: Schema.Int,
  rows: Rows.Rows,
  output: Output.Written.pipe(Schema.withDecodingDefaultKey(Effect.succeed(Output.nothing))),
  waiting: Choice.Waiting
})
type OfflineState = typeof OfflineState.Type

const initial: OfflineState = { length: 0, records: 0, rows: Rows.empty, output: Output.nothing, waiting: {} }

const failed = (error: PlatformError) =>
  new DeliveryError({
    problem: `the .wandb file cannot be written: ${Durable.problemOf(error)}`,
    final: false,
    retryAfter: null
  })

const encoder = new TextEncoder()
const isImage = (entry: SpooledEntry): entry is SpooledImage => entry._tag === "Image"

interface Folders {
  readonly fs: FileSystem.FileSystem
  /** The run's folder, from which files are taken. */
  readonly run: RunFiles.RunFolder
  /** The parent of the offline folder. */
  readonly parent: RunFiles.RunFolder
  /** The offline folder, relative to `parent`. */
  readonly name: string
}

/** The path of a file in the offline folder, whose folder is created; never behind a link. */
const placeFor = Effect.fnUntraced(function* (
  { fs, parent, name }: Folders,
  file: string
): Effect.fn.Return<string, DeliveryError> {
  const path = yield* RunFiles.locate(fs, parent, join(name, file))
  yield* fs.makeDirectory(dirname(path), { recursive: true }).pipe(Effect.mapError(failed))
  return path
})

/** Copies pictures and writes their boxes into the run's files; returns their names. */
const mediaFiles = Effect.fnUntraced(function* (
  folders: Folders,
  entries: ReadonlyArray<SpooledEntry>
): Effect.fn.Return<ReadonlyArray<string>, DeliveryError> {
  const { fs, run } = folders
  const names: Array<string> = []
  const put = Effect.fnUntraced(function* (name: string, bytes: Uint8Array) {
    names.push(name)
    const path = yield* placeFor(folders, `files/${name}`)
    yield* fs.writeFile(path, bytes).pipe(Effect.mapError(failed))
  })
  for (const { file } of entries.filter(isImage)) yield* put(file, yield* RunFiles.read(fs, run, file))
  for (const { name, text } of Media.textFiles(entries)) yield* put(name, encoder.encode(text))
  return names
})

/** The record of a checkpoint; none if it is gone. */
const artifactRecord =
  ({ fs, run }: Folders, facts: RunFacts.RunFacts) =>
  (artifact: Choice.Waiting[string]) =>
    Effect.map(Manifest.of(fs, run, artifact.path), (manifest) =>
      manifest.files.length === 0 ? [] : [Records.artifact(facts, artifact, manifest)]
    )

interface Batch {
  readonly entries: ReadonlyArray<SpooledEntry>
  readonly first: boolean
  readonly media: ReadonlyArray<string>
  readonly artifacts: ReadonlyArray<Records.Record>
  readonly rows: ReadonlyArray<Rows.Row>
  readonly summary: Rows.Rows["summary"]
}

/** The records of a batch, in the order in which their own client writes them. */
const recordsOf = (facts: RunFacts.RunFacts, { entries, first, media, artifacts, rows, summary }: Batch) => {
  const plans = entries.flatMap((entry) => (entry._tag === "Hyperparameters" ? [entry.plan] : []))
  const begun = first ? [Records.header("anneal"), Records.run(facts, plans[0] ?? {})] : []
  return [
    ...begun,
    ...plans.slice(first ? 1 : 0).map(Records.config),
    ...(media.length === 0 ? [] : [Records.files(media)]),
    ...Stats.samplesOf(entries).map(Records.stats),
    ...Output.linesOf(entries).map(Records.output),
    ...rows.map(Records.history),
    // Their own client writes a summary before each row; the newest one contains all of them.
    ...(rows.length === 0 ? [] : [Records.summary({ summary })]),
    ...artifacts
  ]
}

const framed = (
  records: ReadonlyArray<Uint8Array>,
  length: number,
  number: number,
  stream: string
): Uint8Array => {
  const parts: Array<Uint8Array> = length === 0 ? [TransactionLog.header] : []
  let at = length === 0 ? TransactionLog.header.length : length
  records.forEach((record, i) => {
    const bytes = TransactionLog.record(Records.numbered(record, number + i + 1, stream), at)
    parts.push(bytes)
    at += bytes.length
  })
  return Buffer.concat(parts)
}

const exitRecords = (facts: RunFacts.RunFacts, rows: Rows.Rows, { status, time }: SpooledFinish) => [
  Records.summary(rows),
  Records.exit(RunFacts.exitCode(status), (time - facts.started) / 1000)
]

/** Delivers to the offline folder of the run, which is created in `parent`. */
export const make = Effect.fnUntraced(function* (
  plan: WandbPlan,
  facts: RunFacts.RunFacts,
  run: RunFiles.RunFolder,
  parent: RunFiles.RunFolder
): Effect.fn.Return<Delivery<OfflineState>, never, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const folders = { fs, run, parent, name: `wandb/offline-run-${facts.stamp}-${facts.id}` }
  const logName = `run-${facts.id}.wandb`
  const outputName = `files/${Output.file}`

  const send = Effect.fnUntraced(function* (
    state: OfflineState,
    entries: ReadonlyArray<SpooledEntry>
  ): Effect.fn.Return<OfflineState, DeliveryError> {
    const media = yield* mediaFiles(folders, entries)
    const said = Output.linesOf(entries)
    const output = yield* Output.append(fs, yield* placeFor(folders, outputName), state.output, said).pipe(
      Effect.mapError(failed)
    )
    const { now, waiting } = Choice.choose(plan.log_model, state.waiting, entries)
    const artifacts = (yield* Effect.forEach(now, artifactRecord(folders, facts))).flat()
    const { rows, complete } = Rows.fold(state.rows, entries, facts.started)
    const first = state.records === 0
    const records = recordsOf(facts, {
      entries,
      first,
      media,
      artifacts,
      rows: complete,
      summary: rows.summary
    })
    const finish = entries.findLast((entry) => entry._tag === "Finish")
    const exits = finish === undefined ? [] : exitRecords(facts, rows, finish)
    const lasting = framed(records, state.length, state.records, facts.id)
    const length = state.length + lasting.length
    const passing = framed(exits, length, state.records + records.length, facts.id)
    const path = yield* placeFor(folders, logName)
    yield* FileEnd.put(fs, path, state.length, Buffer.concat([lasting, passing])).pipe(
      Effect.mapError(failed)
    )
    return { length, records: state.records + records.length, rows, output, waiting }
  })
  const reaches = (file: string, length: number) =>
    RunFiles.locate(fs, parent, join(folders.name, file)).pipe(
      Effect.flatMap((path) => FileEnd.reaches(fs, path, length)),
      // A refusal is reported when it is written.
      Effect.catch(() => Effect.succeed(true))
    )
  return {
    initial,
    codec: OfflineState,
    every: 5,
    holds: ({ length, output }) =>
      Effect.map(
        Effect.all([reaches(logName, length), reaches(outputName, output.bytes)]),
        ([log, said]) => log && said
      ),
    send
  }
})
