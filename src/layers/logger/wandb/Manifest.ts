/** A checkpoint as an artifact of Weights & Biases: its files, their digests, and the digest of them all. */
import { createHash } from "node:crypto"
import { basename, join } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"

export interface ManifestFile {
  /** From the artifact on. */
  readonly name: string
  /** On this machine, absolute. */
  readonly path: string
  readonly size: number
  /** MD5 in base64. */
  readonly md5: string
}

export interface Manifest {
  readonly files: ReadonlyArray<ManifestFile>
  /** MD5 of names and digests, in hexadecimal. */
  readonly digest: string
}

const md5 = (bytes: Uint8Array | string) => createHash("md5").update(bytes)

export const md5Base64 = (bytes: Uint8Array | string): string => md5(bytes).digest("base64")

const fileAt = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  name: string
): Effect.fn.Return<ManifestFile, PlatformError> {
  const bytes = yield* fs.readFile(path)
  return { name, path, size: bytes.length, md5: md5Base64(bytes) }
})

const byName = (a: ManifestFile, b: ManifestFile): number => (a.name < b.name ? -1 : 1)

/** The manifest of a file or folder, its files in the order of their names. */
export const of = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string
): Effect.fn.Return<Manifest, PlatformError> {
  const { type } = yield* fs.stat(path)
  const names = type === "Directory" ? yield* fs.readDirectory(path, { recursive: true }) : [""]
  const found = yield* Effect.forEach(names, (name) =>
    Effect.gen(function* () {
      const full = name === "" ? path : join(path, name)
      const info = yield* fs.stat(full)
      return info.type === "File" ? [yield* fileAt(fs, full, name === "" ? basename(path) : name)] : []
    })
  )
  const files = found.flat().sort(byName)
  const listed = files.map((file) => `${file.name}:${file.md5}\n`).join("")
  return { files, digest: md5(`wandb-artifact-manifest-v1\n${listed}`).digest("hex") }
})

/** The manifest as the file that the server keeps; `birth` is the artifact that the files came with. */
export const text = ({ files }: Manifest, birth: string): string =>
  JSON.stringify({
    version: 1,
    storagePolicy: "wandb-storage-policy-v1",
    storagePolicyConfig: { storageLayout: "V2" },
    contents: Object.fromEntries(
      files.map(({ name, size, md5: digest }) => [name, { digest, size, birthArtifactID: birth }])
    )
  })

/** An id that the same content of the same run always gets, 128 letters and digits as theirs have. */
export const clientId = (...parts: ReadonlyArray<string>): string =>
  createHash("sha512").update(JSON.stringify(parts)).digest("hex")
