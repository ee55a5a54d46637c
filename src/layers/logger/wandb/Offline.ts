/**
 * Weights & Biases without a server: `wandb/offline-run-<date>-<id>/run-<id>.wandb`, which `wandb sync` sends.
 *
 * The file is written by deliveries from the spool. Each begins where the one before ended, so what a crash cut is
 * cut off first; and a run that goes on after its end takes its exit back.
 */
import { dirname, join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import type { WandbPlan } from "../../../pipeline/LoggerPlan.ts"
import * as Durable from "../../internal/Durable.ts"
import * as Choice from "../CheckpointChoice.ts"
import { type Delivery, DeliveryError } from "../Delivery.ts"
import type { SpooledEntry, SpooledFinish, SpooledImage } from "../SpooledEntry.ts"
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
  /** Bytes of the file that hold, and records in them, without the exit. */
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

const isImage = (entry: SpooledEntry): entry is SpooledImage => entry._tag === "Image"

/** Copies pictures and writes their boxes into the run's files; their names. */
const mediaFiles = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  run: string,
  folder: string,
  entries: ReadonlyArray<SpooledEntry>
): Effect.fn.Return<ReadonlyArray<string>, PlatformError> {
  const names: Array<string> = []
  const into = (name: string) => {
    const path = join(folder, "files", name)
    names.push(name)
    return Effect.as(fs.makeDirectory(dirname(path), { recursive: true }), path)
  }
  for (const image of entries.filter(isImage)) {
    yield* fs.copyFile(join(run, image.file), yield* into(image.file))
  }
  for (const { name, text } of Media.textFiles(entries)) yield* fs.writeFileString(yield* into(name), text)
  return names
})

const isNotFound = (error: PlatformError): boolean => error.reason._tag === "NotFound"

/** The record of a checkpoint; none where it is gone by now. */
const artifactRecord =
  (fs: FileSystem.FileSystem, facts: RunFacts.RunFacts) => (artifact: Choice.Waiting[string]) =>
    Manifest.of(fs, artifact.path).pipe(
      Effect.map((manifest) => [Records.artifact(facts, artifact, manifest)]),
      Effect.catchIf(isNotFound, () => Effect.succeed([]))
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
    // Their own client writes a summary before each row; the newest one says the same as all of them.
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

/** Delivers to the offline folder of the run. */
export const make = Effect.fnUntraced(function* (
  plan: WandbPlan,
  facts: RunFacts.RunFacts
): Effect.fn.Return<Delivery<OfflineState>, never, FileSystem.FileSystem> {
  const fs = yield* FileSystem.FileSystem
  const parent = plan.settings.sync_dir === null ? facts.path : resolve(plan.settings.sync_dir)
  const folder = join(parent, "wandb", `offline-run-${facts.stamp}-${facts.id}`)
  const path = join(folder, `run-${facts.id}.wandb`)

  const send = Effect.fnUntraced(function* (
    state: OfflineState,
    entries: ReadonlyArray<SpooledEntry>
  ): Effect.fn.Return<OfflineState, PlatformError> {
    yield* fs.makeDirectory(join(folder, "files"), { recursive: true })
    const media = yield* mediaFiles(fs, facts.path, folder, entries)
    const said = Output.linesOf(entries)
    const output = yield* Output.append(fs, join(folder, "files", Output.file), state.output, said)
    const { now, waiting } = Choice.choose(plan.log_model, state.waiting, entries)
    const artifacts = (yield* Effect.forEach(now, artifactRecord(fs, facts))).flat()
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
    yield* FileEnd.put(fs, path, state.length, Buffer.concat([lasting, passing]))
    return { length, records: state.records + records.length, rows, output, waiting }
  })
  return {
    initial,
    codec: OfflineState,
    every: 5,
    send: (state, entries) => Effect.mapError(send(state, entries), failed)
  }
})
