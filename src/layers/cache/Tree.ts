/** The content of a file or folder: its files in order, their digests, and one digest of everything. */
import { createHash } from "node:crypto"
import * as fs from "node:fs/promises"
import { basename, join } from "node:path"
import * as Effect from "effect/Effect"
import { type Artifact, CacheError } from "../../pipeline/stage/Artifact.ts"
import * as Files from "./Files.ts"

/** A file below a root. */
export interface Leaf {
  /** Relative, with slashes; empty for a root that is a file itself. */
  readonly path: string
  readonly bytes: number
  /** Nanoseconds since 1970 of the last change of content, and of content or attributes. */
  readonly modified: bigint
  readonly changed: bigint
  readonly inode: bigint
}

export interface Tree {
  readonly kind: Artifact["kind"]
  /** In the byte order of their paths. */
  readonly leaves: ReadonlyArray<Leaf>
}

/** How many files are hashed at once. */
const concurrency = 4

const unfit = (path: string, what: string) =>
  new CacheError({
    path,
    problem: `is ${what}, and an artifact may only contain files and folders`,
    cure: "Replace it by the file itself"
  })

const inOrder = (leaves: ReadonlyArray<Leaf>): ReadonlyArray<Leaf> =>
  leaves
    .map((leaf) => ({ leaf, name: Buffer.from(leaf.path) }))
    .sort((a, b) => Buffer.compare(a.name, b.name))
    .map(({ leaf }) => leaf)

const walk = (root: string, path: string): Effect.Effect<ReadonlyArray<Leaf>, CacheError> =>
  Effect.gen(function* () {
    const whole = join(root, path)
    const found = yield* Files.stat(whole)
    if (found === undefined) return yield* Files.attempt(whole, () => fs.lstat(whole)).pipe(Effect.as([]))
    if (found.isFile()) {
      const leaf: Leaf = {
        path,
        bytes: Number(found.size),
        modified: found.mtimeNs,
        changed: found.ctimeNs,
        inode: found.ino
      }
      return [leaf]
    }
    if (!found.isDirectory()) return yield* unfit(whole, found.isSymbolicLink() ? "a link" : "a special file")
    const names = yield* Files.attempt(whole, () => fs.readdir(whole))
    const below = yield* Effect.forEach(names, (name) => walk(root, path === "" ? name : `${path}/${name}`), {
      concurrency: 16
    })
    return below.flat()
  })

/** The files of a file or folder; links inside are refused, a link to the root itself is followed. */
export const list = Effect.fnUntraced(function* (path: string): Effect.fn.Return<Tree, CacheError> {
  const root = yield* Files.attempt(path, () => fs.realpath(path))
  const leaves = yield* walk(root, "")
  const [first] = leaves
  return { kind: first?.path === "" ? "file" : "folder", leaves: inOrder(leaves) }
})

/** A few numbers that change when the files may have changed. */
export const stampOf = ({ kind, leaves }: Tree): string => {
  const hash = createHash("sha256").update(kind)
  for (const { path, bytes, modified, changed, inode } of leaves) {
    hash.update(`\n${bytes} ${modified} ${changed} ${inode} ${path}`)
  }
  return hash.digest("hex")
}

const hexOfFile = (path: string) =>
  Files.attempt(path, async () => {
    const hash = createHash("sha256")
    await using file = await fs.open(path, "r")
    for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20, autoClose: false })) {
      hash.update(chunk)
    }
    return hash.digest("hex")
  })

/** The lines of `sha256sum`. */
const manifest = (leaves: ReadonlyArray<Leaf>, digests: ReadonlyArray<string>): string =>
  leaves.map(({ path }, i) => `${digests[i]}  ${path}\n`).join("")

/** Reads every byte of a listed tree. */
export const hash = Effect.fnUntraced(function* (
  path: string,
  tree: Tree,
  name: string = basename(path)
): Effect.fn.Return<Artifact, CacheError> {
  const { kind, leaves } = tree
  const digests = yield* Effect.forEach(leaves, (leaf) => hexOfFile(join(path, leaf.path)), { concurrency })
  const [only = ""] = digests
  const hex = kind === "file" ? only : createHash("sha256").update(manifest(leaves, digests)).digest("hex")
  return {
    _tag: "anneal/Artifact",
    name,
    kind,
    digest: `sha256:${hex}`,
    bytes: leaves.reduce((sum, { bytes }) => sum + bytes, 0),
    files: leaves.length
  }
})

/** Nanoseconds since 1970 of the newest change. */
export const newest = ({ leaves }: Tree): bigint =>
  leaves.reduce((latest, { modified, changed }) => {
    const last = modified > changed ? modified : changed
    return last > latest ? last : latest
  }, 0n)
