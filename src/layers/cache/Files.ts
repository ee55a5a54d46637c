/** Files and folders of a cache: each call of Node's that it needs, with its exceptions turned into errors. */
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { CacheError } from "../../pipeline/Artifact.ts"

const codeOf = (cause: unknown): string | undefined =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : undefined

const told: { readonly [code: string]: readonly [problem: string, cure: string] } = {
  ENOENT: ["it does not exist", "Name a file or folder that does, or run the stage that makes it first"],
  EACCES: ["this user may not do that", "Let this user read and write there"],
  EPERM: ["this user may not do that", "Let this user read and write there"],
  EROFS: ["the file system is mounted read-only", "Put the cache on one that can be written"],
  ENOSPC: ["the disk is full", "Make room (anneal pipeline prune), then run again: finished stages are kept"],
  EDQUOT: [
    "the disk quota is used up",
    "Make room (anneal pipeline prune), then run again: finished stages are kept"
  ]
}

const refused = (path: string) => (cause: unknown) => {
  const code = codeOf(cause)
  const [problem, cure] = told[code ?? ""] ?? [
    `${code ?? ""} ${cause instanceof Error ? cause.message : String(cause)}`.trim(),
    "Look at the path, then run again: finished stages are kept"
  ]
  return new CacheError({ path, problem, cure })
}

/** Runs one call of `node:fs` about `path`. */
export const attempt = <A>(path: string, call: () => Promise<A>): Effect.Effect<A, CacheError> =>
  Effect.tryPromise({ try: call, catch: refused(path) })

/** What is there; undefined where nothing is. Links are told as links. */
export const stat = (path: string) =>
  Effect.tryPromise({ try: () => fs.lstat(path, { bigint: true }), catch: (cause) => cause }).pipe(
    Effect.catch((cause) =>
      codeOf(cause) === "ENOENT" ? Effect.succeed(undefined) : Effect.fail(refused(path)(cause))
    )
  )

export const makeFolder = (path: string) => attempt(path, () => fs.mkdir(path, { recursive: true }))

/** Removes a file or folder, read-only ones too; gone already is as good. */
export const remove = (path: string) => attempt(path, () => fs.rm(path, { recursive: true, force: true }))

/** Copies without the bytes where the file system can share them. */
export const copy = (from: string, to: string) =>
  attempt(from, () =>
    fs.cp(from, to, {
      recursive: true,
      errorOnExist: true,
      force: false,
      mode: constants.COPYFILE_FICLONE,
      preserveTimestamps: true
    })
  )

export const rename = (from: string, to: string) => attempt(to, () => fs.rename(from, to))

/** Waits until a file's bytes, or a folder's names, are on the disk. */
export const sync = (path: string) =>
  attempt(path, async () => {
    await using file = await fs.open(path, "r")
    await file.sync()
  })

/** Moves within a file system so that the new name outlives a crash. */
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
