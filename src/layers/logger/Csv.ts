/**
 * `metrics.csv`: one row per step, one column per metric, readable at any moment.
 *
 * The last row is written at once, and again when more values of its step arrive. A new metric rewrites the file with
 * a wider header, under another name and then renamed; this happens once for each new metric.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as ScopedRef from "effect/ScopedRef"
import { RunDirectory } from "../../pipeline/run/RunDirectory.ts"
import * as Durable from "../internal/Durable.ts"
import * as CsvTable from "./sink/CsvTable.ts"
import {
  type Entry,
  fileFailed,
  type Sink,
  type SinkError,
  type SinkOptions,
  type SinkServices
} from "./sink/Sink.ts"

const file = "metrics.csv"

const failed = fileFailed("csv", file)

const encoder = new TextEncoder()
const bytes = (text: string) => encoder.encode(text)

/** The state of the file: its table, the bytes before the open row, and those of the open row. */
interface Written {
  readonly table: CsvTable.CsvTable
  readonly rowStart: number
  readonly rowLength: number
}

interface Folded {
  readonly table: CsvTable.CsvTable
  readonly complete: ReadonlyArray<CsvTable.CsvRow>
}

/** The complete rows, and the table after all entries of a batch. */
const fold = (table: CsvTable.CsvTable, entries: ReadonlyArray<Entry>): Folded => {
  const complete: Array<CsvTable.CsvRow> = []
  let next = table
  for (const entry of entries) {
    if (entry._tag !== "Scalars") continue
    const added = CsvTable.add(next, entry.step, entry.values)
    if (added.complete !== undefined) complete.push(added.complete)
    next = added.table
  }
  return { table: next, complete }
}

const linesOf = (columns: ReadonlyArray<string>, rows: ReadonlyArray<CsvTable.CsvRow>): string =>
  rows.map((row) => CsvTable.line(columns, row)).join("")

/** Writes the batch's rows from the open row on, and truncates what may follow. */
const append = Effect.fnUntraced(function* (
  handle: FileSystem.File,
  before: Written,
  next: Folded
): Effect.fn.Return<Written, PlatformError> {
  const { columns, row } = next.table
  const complete = bytes(linesOf(columns, next.complete))
  const open = bytes(row === undefined ? "" : CsvTable.line(columns, row))
  const rowStart = before.rowStart + complete.length
  yield* handle.seek(BigInt(before.rowStart), "start")
  yield* handle.writeAll(Buffer.concat([complete, open]))
  if (complete.length + open.length < before.rowLength) yield* handle.truncate(rowStart + open.length)
  return { table: next.table, rowStart, rowLength: open.length }
})

/** Rewrites the whole file with its wider header. */
const rewrite = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  before: Written,
  next: Folded
): Effect.fn.Return<Written, PlatformError> {
  const { columns, row } = next.table
  const old =
    before.rowStart === 0
      ? ""
      : new TextDecoder().decode((yield* fs.readFile(path)).subarray(0, before.rowStart))
  const rows = CsvTable.widened(
    old.slice(old.indexOf("\n") + 1),
    columns.length - before.table.columns.length
  )
  const settled = bytes(CsvTable.header(columns) + rows + linesOf(columns, next.complete))
  const open = bytes(row === undefined ? "" : CsvTable.line(columns, row))
  yield* Durable.replaceFile(fs, path, [settled, open])
  return { table: next.table, rowStart: settled.length, rowLength: open.length }
})

const fresh: Written = { table: CsvTable.empty, rowStart: 0, rowLength: 0 }

/** What an earlier session left, cut to the point where the run resumes; none if there was none. */
const resumed = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  step: number | undefined
): Effect.fn.Return<Written, PlatformError> {
  if (step === undefined || !(yield* fs.exists(path))) return fresh
  const text = yield* fs.readFileString(path)
  const kept = CsvTable.resume(text, step)
  if (kept === undefined) return fresh
  const rowStart = bytes(text.slice(0, kept.rowStart)).length
  const open = kept.table.row === undefined ? 0 : text.indexOf("\n", kept.rowStart) + 1 - kept.rowStart
  yield* fs.truncate(path, rowStart + open)
  return { table: kept.table, rowStart, rowLength: open }
})

/** Opens `metrics.csv` of the run directory. */
export const open = Effect.fnUntraced(function* (
  options: SinkOptions
): Effect.fn.Return<Sink, SinkError, SinkServices> {
  const fs = yield* FileSystem.FileSystem
  const run = yield* RunDirectory
  const path = yield* run.file(file).pipe(Effect.mapError(failed))
  let written = yield* resumed(fs, path, options.resumedFrom).pipe(Effect.mapError(failed))
  if (written === fresh) yield* Effect.mapError(fs.writeFile(path, new Uint8Array(0)), failed)
  const reopened = fs.open(path, { flag: "r+" })
  const handle = yield* ScopedRef.fromAcquire(reopened).pipe(Effect.mapError(failed))
  const put = Effect.fnUntraced(function* (next: Folded): Effect.fn.Return<Written, PlatformError> {
    const widens = next.table.columns.length > written.table.columns.length
    if (!widens) return yield* append(yield* ScopedRef.get(handle), written, next)
    const wider = yield* rewrite(fs, path, written, next)
    yield* ScopedRef.set(handle, reopened)
    return wider
  }, Effect.uninterruptible)
  const write = Effect.fnUntraced(function* (
    entries: ReadonlyArray<Entry>
  ): Effect.fn.Return<void, SinkError> {
    const next = fold(written.table, entries)
    if (next.table !== written.table) written = yield* Effect.mapError(put(next), failed)
  })
  return { name: "csv", write, close: Effect.succeed(undefined) }
})
