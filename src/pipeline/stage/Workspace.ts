/** What a stage has while it runs: a folder of its own, and the way between files and artifacts. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Artifact, CacheError } from "./Artifact.ts"

export class Workspace extends Context.Service<
  Workspace,
  {
    /**
     * Absolute path of a folder that only this stage with these inputs and parameters uses. It outlives failure,
     * interruption and `kill -9`, and is emptied when the stage has finished: the place for checkpoints to resume from.
     */
    readonly path: string
    /** Times that the stage was begun and not finished, with this one; from 1. */
    readonly attempt: number
    /**
     * Takes a file or folder into the cache. A relative path, and any path in the workspace, is moved; others are
     * copied. Its files become read-only.
     */
    readonly keep: (path: string) => Effect.Effect<Artifact, CacheError>
    /** Absolute path of an artifact's bytes, which were compared with its digest; not to be written to. */
    readonly locate: (artifact: Artifact) => Effect.Effect<string, CacheError>
  }
>()("anneal/pipeline/Workspace") {}
