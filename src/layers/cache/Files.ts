/** Files and folders of a cache: the calls of `node:fs` that it needs, with exceptions turned into errors. */
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { CacheError } from "../../pipeline/stage/Artifact.ts"
import * as Thrown from "../internal/Thrown.ts"

const knownFailures: { readonly [code: string]: readonly [problem: string, cure: string] } = {
  ENOENT: ["it does not exist", "Name an existing file or folder, or first run the stage that makes it"],
  EACCES: ["this user may not do that", "Let this user read and write there"],
  EPERM: ["this user may not do that", "Let this user read and write there"],
  EEXIST: ["it is a file, and a folder is needed", "Name another path, or move the file away"],
  ENOTDIR: ["it is a file, and a folder is needed", "Name another path, or move the file away"],
  EROFS: ["the file system is mounted read-only", "Put the cache on a writable file system"],
  ENOSPC: ["the disk is full", "Make room (anneal pipeline prune), then run again: finished stages are kept"],
  EDQUOT: [
    "the disk quota is used up",
    "Make room (anneal pipeline prune), then run again: finished stages are kept"
  ]
}

/** What the file system refused, with the code for callers that can handle it. */
interface Refusal {
  readonly code: string | undefined
  readonly error: CacheError
}

const refusalOf =
  (path: string) =>
  (cause: unknown): Refusal => {
    const code = Thrown.code(cause)
    const [problem, cure] = knownFailures[code ?? ""] ?? [
      `${code ?? ""} ${Thrown.said(cause)}`.trim(),
      "Check the path, then run again: finished stages are kept"
    ]
    return { code, error: new CacheError({ path, problem, cure }) }
  }

const call = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, Refusal> =>
  Effect.tryPromise({ try: run, catch: refusalOf(path) })

/** Runs one call of `node:fs` about `path`. */
export const attempt = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, CacheError> =>
  Effect.mapError(call(path, run), ({ error }) => error)

/** Runs the call, and returns `instead` if the file system refuses with this code. */
const attemptOr = <A, B>(path: string, run: () => Promise<A>, code: string, instead: B) =>
  call(path, run).pipe(
    Effect.catch((refusal) => (refusal.code === code ? Effect.succeed(instead) : Effect.fail(refusal.error)))
  )

/** The status of a path; undefined if it does not exist. Links are reported as links. */
export const stat = (path: string) =>
  attemptOr(path, () => fs.lstat(path, { bigint: true }), "ENOENT", undefined)

export const makeFolder = (path: string) => attempt(path, () => fs.mkdir(path, { recursive: true }))

/** Removes a file or folder, also a read-only one; succeeds if it does not exist. */
export const remove = (path: string) => attempt(path, () => fs.rm(path, { recursive: true, force: true }))

/**
 * Copies, sharing the bytes if the file system can. If interrupted, it waits for the current file and stops: Node's
 * copy would go on after the folder has been removed.
 */
export const copy = (from: string, to: string): Effect.Effect<void, CacheError> =>
  Effect.callback((resume) => {
    let interrupted = false
    const copying = fs
      .cp(from, to, {
        recursive: true,
        errorOnExist: true,
        force: false,
        mode: constants.COPYFILE_FICLONE,
        preserveTimestamps: true,
        filter: () => !interrupted
      })
      .then(
        () => Effect.void,
        (cause: unknown) => Effect.fail(refusalOf(from)(cause).error)
      )
    copying.then(resume)
    return Effect.promise(() => {
      interrupted = true
      return copying
    })
  })

export const rename = (from: string, to: string) => attempt(to, () => fs.rename(from, to))

/** Absolute paths of a folder's contents; empty if there is no folder. */
export const children = (path: string): Effect.Effect<ReadonlyArray<string>, CacheError> =>
  Effect.flatMap(stat(path), (found) =>
    found?.isDirectory() === true
      ? Effect.map(
          attempt(path, () => fs.readdir(path)),
          (names) => names.map((name) => join(path, name))
        )
      : Effect.succeed([])
  )

/** Bytes of a file, or of all files below a folder. */
export const sizeOf = (path: string): Effect.Effect<number, CacheError> =>
  Effect.flatMap(stat(path), (found) => {
    if (found === undefined) return Effect.succeed(0)
    if (!found.isDirectory()) return Effect.succeed(Number(found.size))
    return Effect.flatMap(children(path), (all) => Effect.forEach(all, sizeOf)).pipe(
      Effect.map((sizes) => sizes.reduce((sum, size) => sum + size, 0))
    )
  })

/** Moves a folder; to another file system by a copy that gets its name once it is complete. */
export const moveTree = Effect.fnUntraced(function* (from: string, to: string) {
  const renamed = yield* attemptOr(to, () => fs.rename(from, to).then(() => true), "EXDEV", false)
  if (renamed) return
  const incoming = `${to}.incoming`
  yield* remove(incoming)
  yield* copy(from, incoming)
  yield* renameDurably(incoming, to)
  yield* remove(from)
})

/** Waits until a file's bytes, or a folder's names, are on the disk. */
export const sync = (path: string) =>
  attempt(path, async () => {
    await using file = await fs.open(path, "r")
    await file.sync()
  })

/** Moves within a file system so that the new name survives a crash. */
export const renameDurably = (from: string, to: string) => Effect.andThen(rename(from, to), sync(dirname(to)))

/** A new folder in `parent`, removed with the scope. */
export const temporary = (parent: string): Effect.Effect<string, CacheError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.andThen(
      makeFolder(parent),
      attempt(parent, () => fs.mkdtemp(`${parent}/`))
    ),
    (path) => Effect.ignore(remove(path))
  )
