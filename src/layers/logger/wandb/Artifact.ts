/** Sends a checkpoint as an artifact: created, described, its files sent, then committed. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { DeliveryError } from "../spool/Delivery.ts"
import type { SpooledArtifact } from "../spool/Entry.ts"
import * as RunFiles from "../spool/RunFiles.ts"
import * as Choice from "../tracker/CheckpointChoice.ts"
import type { Api } from "./Api.ts"
import * as Manifest from "./Manifest.ts"
import * as Queries from "./Queries.ts"

export interface ArtifactRun {
  readonly entity: string
  readonly project: string
  readonly id: string
}

const created = (api: Api, run: ArtifactRun, checkpoint: SpooledArtifact, digest: string, step: number) => {
  const collection = `model-${run.id}`
  const aliases = Choice.aliasesOf(checkpoint).map((alias) => ({ alias, artifactCollectionName: collection }))
  const input = {
    entityName: run.entity,
    projectName: run.project,
    runName: run.id,
    artifactTypeName: "model",
    artifactCollectionName: collection,
    aliases,
    digest,
    digestAlgorithm: "MANIFEST_MD5",
    metadata: JSON.stringify({ checkpoint: checkpoint.name }),
    historyStep: step,
    clientID: Manifest.clientId(run.id, digest),
    sequenceClientID: Manifest.clientId(run.id, collection),
    enableDigestDeduplication: true
  }
  return Effect.map(
    api.query(Queries.createArtifact, { input }, Queries.CreateArtifact),
    ({ createArtifact }) => createArtifact.artifact
  )
}

const manifested = (
  api: Api,
  run: ArtifactRun,
  artifact: { readonly id: string; readonly base: string | null },
  digest: string
) =>
  Effect.map(
    api.query(
      Queries.createArtifactManifest,
      {
        artifactID: artifact.id,
        baseArtifactID: artifact.base,
        name: "wandb_manifest.json",
        digest,
        entityName: run.entity,
        projectName: run.project,
        runName: run.id,
        manifestType: "FULL",
        includeUpload: digest !== ""
      },
      Queries.CreateArtifactManifest
    ),
    ({ createArtifactManifest }) => createArtifactManifest.artifactManifest
  )

/** Sends the files that the server says it lacks. */
const sendFiles = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: RunFiles.RunFolder,
  api: Api,
  ids: { readonly artifact: string; readonly manifest: string },
  files: ReadonlyArray<Manifest.ManifestFile>
): Effect.fn.Return<void, DeliveryError> {
  const artifactFiles = files.map(({ name, md5 }) => ({
    artifactID: ids.artifact,
    artifactManifestID: ids.manifest,
    name,
    md5
  }))
  const input = { artifactFiles, storageLayout: "V2" }
  const answer = yield* api.query(Queries.createArtifactFiles, { input }, Queries.CreateArtifactFiles)
  for (const [i, { node }] of answer.createArtifactFiles.files.edges.entries()) {
    const file = files[i]
    if (file === undefined || node.uploadUrl === null) continue
    const bytes = yield* RunFiles.read(fs, folder, file.path)
    yield* api.upload({ url: node.uploadUrl, headers: node.uploadHeaders, bytes })
  }
})

const sent = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: RunFiles.RunFolder,
  api: Api,
  run: ArtifactRun,
  checkpoint: SpooledArtifact,
  step: number
): Effect.fn.Return<void, DeliveryError> {
  const manifest = yield* Manifest.of(fs, folder, checkpoint.path)
  if (manifest.files.length === 0) return
  const { id, state, artifactSequence } = yield* created(api, run, checkpoint, manifest.digest, step)
  if (state === "COMMITTED") return
  const artifact = { id, base: artifactSequence.latestArtifact?.id ?? null }
  const begun = yield* manifested(api, run, artifact, "")
  yield* sendFiles(fs, folder, api, { artifact: id, manifest: begun.id }, manifest.files)
  const text = Manifest.text(manifest, id)
  const { file } = yield* manifested(api, run, artifact, Manifest.md5Base64(text))
  if (typeof file.uploadUrl === "string") {
    yield* api.upload({
      url: file.uploadUrl,
      headers: file.uploadHeaders ?? [],
      bytes: new TextEncoder().encode(text)
    })
  }
  yield* api.query(Queries.commitArtifact, { artifactID: id }, Queries.CommitArtifact)
})

/** Sends a checkpoint; skips one that retention has removed meanwhile. */
export const send = (
  fs: FileSystem.FileSystem,
  folder: RunFiles.RunFolder,
  api: Api,
  run: ArtifactRun,
  checkpoint: SpooledArtifact,
  step: number
): Effect.Effect<void, DeliveryError> =>
  sent(fs, folder, api, run, checkpoint, step).pipe(
    Effect.catch((error) =>
      RunFiles.list(fs, folder, checkpoint.path).pipe(
        Effect.flatMap((files) => (files.length > 0 ? Effect.fail(error) : Effect.void))
      )
    )
  )
