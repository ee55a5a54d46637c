/** A checkpoint as an artifact of Weights & Biases: its files, their digests, and one digest of all. */
import { createHash } from "node:crypto"
import { basename } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { DeliveryError } from "../spool/Delivery.ts"
import * as RunFiles from "../spool/RunFiles.ts"

export interface ManifestFile {
  /** Relative to the artifact. */
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

/** The manifest of a file or folder of the run, its files in the order of their names; empty if it is gone. */
export const of = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  run: RunFiles.RunFolder,
  path: string
): Effect.fn.Return<Manifest, DeliveryError> {
  const found = yield* RunFiles.list(fs, run, path)
  const files = yield* Effect.forEach(found, ({ name, path: at }) =>
    Effect.map(RunFiles.read(fs, run, at), (bytes) => ({
      name: name === "" ? basename(at) : name,
      path: at,
      size: bytes.length,
      md5: md5Base64(bytes)
    }))
  )
  const listed = files.map((file) => `${file.name}:${file.md5}\n`).join("")
  return { files, digest: md5(`wandb-artifact-manifest-v1\n${listed}`).digest("hex") }
})

/** The manifest as a file for the server; `birth` is the artifact with which the files were sent. */
export const text = ({ files }: Manifest, birth: string): string =>
  JSON.stringify({
    version: 1,
    storagePolicy: "wandb-storage-policy-v1",
    storagePolicyConfig: { storageLayout: "V2" },
    contents: Object.fromEntries(
      files.map(({ name, size, md5: digest }) => [name, { digest, size, birthArtifactID: birth }])
    )
  })

/** An id that is the same for the same content of the same run, with 128 letters and digits like theirs. */
export const clientId = (...parts: ReadonlyArray<string>): string =>
  createHash("sha512").update(JSON.stringify(parts)).digest("hex")
