/** `output.log`: the console lines of a run, as Weights & Biases' own client keeps the output of Python programs. */
import { dirname } from "node:path"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import type { SpooledConsole, SpooledEntry } from "../spool/Entry.ts"
import type { FileStream } from "./Api.ts"
import * as FileEnd from "./FileEnd.ts"

export const file = "output.log"

/** The length of the file. */
export const Written = Schema.Struct({ lines: Schema.Int, bytes: Schema.Int })
export type Written = typeof Written.Type

export const nothing: Written = { lines: 0, bytes: 0 }

const isConsole = (entry: SpooledEntry): entry is SpooledConsole => entry._tag === "Console"

/** The lines among entries, oldest first. */
export const linesOf = (entries: ReadonlyArray<SpooledEntry>): ReadonlyArray<SpooledConsole> =>
  entries.filter(isConsole)

/** A line as it is streamed: with its time in UTC to the microsecond; a highlighted line counts as an error. */
const streamed = ({ time, text, warning }: SpooledConsole): string => {
  const at = DateTime.formatIso(DateTime.makeUnsafe(time)).replace("Z", "000")
  return `${warning ? "ERROR " : ""}${at} ${text}`
}

/** The lines for the stream of files; `offset` is how many were sent before. */
export const streamOf = (lines: ReadonlyArray<SpooledConsole>, offset: number): FileStream =>
  lines.length === 0 ? {} : { files: { [file]: { offset, content: lines.map(streamed) } } }

/** Appends the lines to the file at `path`, whose end is given by `written`. */
export const append = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  written: Written,
  lines: ReadonlyArray<SpooledConsole>
): Effect.fn.Return<Written, PlatformError> {
  if (lines.length === 0) return written
  const bytes = Buffer.from(lines.map(({ text }) => `${text}\n`).join(""))
  yield* fs.makeDirectory(dirname(path), { recursive: true })
  yield* FileEnd.put(fs, path, written.bytes, bytes)
  return { lines: written.lines + lines.length, bytes: written.bytes + bytes.length }
})
