/** Amounts of bytes: formatted for people, and free on a disk. */
import { statfs } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

const units = ["B", "KiB", "MiB", "GiB", "TiB"]

/** `1536` as `1.5 KiB`. */
export const sized = (bytes: number): string => {
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  const value = bytes / 1024 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`
}

/** Bytes free to this user on the file system that holds `path`, if the system reports it. */
export const freeAt = (path: string): Effect.Effect<Option.Option<number>> =>
  Effect.option(Effect.tryPromise(() => statfs(path))).pipe(
    Effect.map(Option.map((found) => found.bavail * found.bsize))
  )
