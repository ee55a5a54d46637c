/** A file system that fails, or dies like a killed process, at its nth call; the calls really happen until then. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { type PlatformError, systemError } from "effect/PlatformError"

/** What happens at the nth call: an error of the system, or death before, within or after it. */
export type Fault = "ENOSPC" | "EACCES" | "EPERM" | "EIO" | "before" | "within" | "after"

export interface Faulty {
  readonly fs: FileSystem.FileSystem
  /** Every call so far, such as `rename last.previous`. */
  readonly calls: ReadonlyArray<string>
  /** Files whose bytes were written and never flushed: what a power cut may lose. */
  readonly unflushed: ReadonlySet<string>
}

const failure = (code: string, method: string, path: string): PlatformError =>
  systemError({
    _tag: code === "EACCES" || code === "EPERM" ? "PermissionDenied" : "Unknown",
    module: "FileSystem",
    method,
    pathOrDescriptor: path,
    cause: Object.assign(new Error(code), { code })
  })

const isDeath = (fault: Fault) => fault === "before" || fault === "within" || fault === "after"

/** What a full disk refuses; without permission renaming and removing fail as well. */
const filling = new Set(["makeDirectory", "writeFile", "write", "writeAll", "link", "sync", "truncate"])
const changing = new Set([...filling, "rename", "remove"])

const outlasts = (fault: Fault, method: string): boolean =>
  (fault === "ENOSPC" ? filling : changing).has(method)

export interface Options {
  /** Whether an error stays: every later call that it concerns fails too. */
  readonly lasting?: boolean
}

/** Counts from 1; `at` 0 never fails. A death stays: every later call dies too. */
export const make = (
  real: FileSystem.FileSystem,
  fault: Fault,
  at: number,
  { lasting = false }: Options = {}
): Faulty => {
  const calls: Array<string> = []
  const unflushed = new Set<string>()
  const dead = Effect.die(new Error("the process is dead"))

  const guard = <A, R>(
    method: string,
    path: string,
    whole: Effect.Effect<A, PlatformError, R>,
    part: Effect.Effect<unknown, PlatformError> = Effect.void
  ): Effect.Effect<A, PlatformError, R> =>
    Effect.suspend((): Effect.Effect<A, PlatformError, R> => {
      calls.push(`${method} ${path.split("/").slice(-2).join("/")}`)
      if (at > 0 && calls.length > at && isDeath(fault)) return dead
      const later = lasting && at > 0 && calls.length > at && outlasts(fault, method)
      if (calls.length !== at && !later) return whole
      if (fault === "before") return dead
      if (fault === "within") return Effect.andThen(part, dead)
      if (fault === "after") return Effect.andThen(whole, dead)
      return Effect.andThen(part, Effect.fail(failure(fault, method, path)))
    })

  const file = (path: string, inner: FileSystem.File): FileSystem.File => ({
    ...inner,
    [FileSystem.FileTypeId]: FileSystem.FileTypeId,
    stat: inner.stat,
    seek: (offset, from) => inner.seek(offset, from),
    read: (buffer, options) => inner.read(buffer, options),
    readAlloc: (size, options) => inner.readAlloc(size, options),
    truncate: (length) => guard("truncate", path, inner.truncate(length)),
    write: (buffer) => guard("write", path, inner.write(buffer)),
    writeAll: (buffer) => {
      unflushed.add(path)
      return guard(
        "writeAll",
        path,
        inner.writeAll(buffer),
        inner.writeAll(buffer.subarray(0, buffer.length >> 1))
      )
    },
    sync: Effect.suspend(() => {
      const flushed = Effect.tap(inner.sync, () => Effect.sync(() => unflushed.delete(path)))
      return guard("sync", path, flushed)
    })
  })

  const oneChild = (path: string) =>
    Effect.gen(function* () {
      const [first] = yield* real.readDirectory(path)
      if (first !== undefined) yield* real.remove(join(path, first), { recursive: true })
    }).pipe(Effect.ignore)

  const fs = FileSystem.make({
    ...real,
    access: (path, options) => guard("access", path, real.access(path, options)),
    stat: (path) => guard("stat", path, real.stat(path)),
    makeDirectory: (path, options) => guard("makeDirectory", path, real.makeDirectory(path, options)),
    readDirectory: (path, options) => guard("readDirectory", path, real.readDirectory(path, options)),
    readDirectoryEntries: (path) => guard("readDirectoryEntries", path, real.readDirectoryEntries(path)),
    readFile: (path) => guard("readFile", path, real.readFile(path)),
    writeFile: (path, data, options) => guard("writeFile", path, real.writeFile(path, data, options)),
    remove: (path, options) => guard("remove", path, real.remove(path, options), oneChild(path)),
    rename: (from, to) => guard("rename", to, real.rename(from, to)),
    link: (from, to) => guard("link", to, real.link(from, to)),
    open: (path, options) =>
      guard("open", path, real.open(path, options)).pipe(Effect.map((inner) => file(path, inner)))
  })
  return { fs, calls, unflushed }
}
