/** What a stage has while it runs: a folder of its own, and conversion between files and artifacts. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Artifact, CacheError } from "./Artifact.ts"

export class Workspace extends Context.Service<
  Workspace,
  {
    /**
     * Absolute path of a folder that only this stage with these inputs and parameters uses. It survives failure,
     * interruption and `kill -9`, and is emptied once the stage has finished: the place for checkpoints to resume from.
     */
    readonly path: string
    /** Number of this attempt to run the stage, from 1. */
    readonly attempt: number
    /**
     * Takes a file or folder into the cache. It is moved if the path is relative or in the workspace, and copied
     * otherwise. Its files become read-only.
     */
    readonly keep: (path: string) => Effect.Effect<Artifact, CacheError>
    /** Absolute path of an artifact's bytes, which have been checked against its digest. They must not be changed. */
    readonly locate: (artifact: Artifact) => Effect.Effect<string, CacheError>
  }
>()("anneal/pipeline/Workspace") {}
