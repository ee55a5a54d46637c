/** The lines of a run's `metrics.csv`, read in pieces: the file may be larger than memory. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Durable from "../internal/Durable.ts"
import { RegistryError } from "./RunEntry.ts"

export const file = "metrics.csv"

export const unreadable = (path: string) => (error: PlatformError) =>
  new RegistryError({
    path,
    problem: `the run's metrics cannot be read: ${Durable.problemOf(error)}`,
    cure: "Let this user read the file"
  })

/** Bytes read at once. */
const piece = 1 << 20

/** Bytes of the longest line; a file with a longer one is not a table of ours. */
const longest = 16 << 20

/** At most `length` bytes from `offset`. */
export const bytesAt = (
  fs: FileSystem.FileSystem,
  path: string,
  offset: number,
  length: number
): Effect.Effect<Uint8Array, PlatformError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const handle = yield* fs.open(path, { flag: "r" })
      yield* handle.seek(BigInt(offset), "start")
      return Option.getOrElse(yield* handle.readAlloc(length), () => new Uint8Array(0))
    })
  )

const newline = 10

export interface End {
  /** Where the last complete line begins, which was not passed to `use`; the starting offset if there was none. */
  readonly offset: number
  readonly open: string | undefined
}

/** Passes each complete line from `offset` to `use`, except the last, which its writer may still change. */
export const each = (
  fs: FileSystem.FileSystem,
  path: string,
  offset: number,
  use: (line: string) => void
): Effect.Effect<End, PlatformError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const handle = yield* fs.open(path, { flag: "r" })
      yield* handle.seek(BigInt(offset), "start")
      let waiting = Buffer.alloc(0)
      let at = offset
      while (waiting.length < longest) {
        const read = yield* handle.readAlloc(piece)
        if (Option.isNone(read)) break
        const bytes = Buffer.concat([waiting, read.value])
        const end = bytes.lastIndexOf(newline)
        const begin = end < 1 ? 0 : bytes.lastIndexOf(newline, end - 1) + 1
        if (begin > 0) for (const line of bytes.toString("utf8", 0, begin - 1).split("\n")) use(line)
        waiting = bytes.subarray(begin)
        at += begin
      }
      const end = waiting.indexOf(newline)
      return { offset: at, open: end === -1 ? undefined : waiting.toString("utf8", 0, end) }
    })
  )
