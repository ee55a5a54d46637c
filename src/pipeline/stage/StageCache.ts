/** Keeps finished stages and their files, so that a pipeline can resume, skip what is done and show its lineage. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Artifact, CacheError } from "./Artifact.ts"
import type { Modules } from "./StageModule.ts"
import type { StageRecord } from "./StageRecord.ts"
import type { Workspace } from "./Workspace.ts"

/** What the cache knows under a key. */
export type Lookup =
  | { readonly _tag: "Whole"; readonly record: StageRecord }
  /** The stage finished, but its output is missing or was changed. */
  | { readonly _tag: "Broken"; readonly record: StageRecord; readonly problem: string }
  /** The stage was begun `attempts` times and has not finished. */
  | { readonly _tag: "Absent"; readonly attempts: number }

export class StageCache extends Context.Service<
  StageCache,
  {
    /** Looks a stage up by its key, and checks that its output is still there. */
    readonly find: (key: string) => Effect.Effect<Lookup, CacheError>
    /** Records of a stage, newest first, at most `limit`. */
    readonly history: (stage: string, limit: number) => Effect.Effect<ReadonlyArray<StageRecord>, CacheError>
    /**
     * Claims a stage until the scope closes, and waits while another process runs the same stage: look it up again
     * afterwards. The claim of a process that died is taken over.
     */
    readonly begin: (key: string) => Effect.Effect<Workspace["Service"], CacheError, Scope.Scope>
    /** The result of an activity of a stage that has not finished. */
    readonly recall: (key: string, activity: string) => Effect.Effect<Option.Option<Schema.Json>, CacheError>
    /** Keeps the result of an activity until its stage finishes. Atomic and durable. */
    readonly remember: (
      key: string,
      activity: string,
      answer: Schema.Json
    ) => Effect.Effect<unknown, CacheError>
    /** Records that a stage finished, so that it does not run again under this key. Atomic and durable. */
    readonly finish: (record: StageRecord) => Effect.Effect<void, CacheError>
    /** A file or folder outside the cache as an artifact. It is not copied, and hashed again only if it changed. */
    readonly source: (path: string) => Effect.Effect<Artifact, CacheError>
    /**
     * Digests of a module and of those that it imports by relative paths, as they were when they were first asked for;
     * by their paths relative to its folder. `file` may be a `file:` address. Empty if it cannot be read.
     */
    readonly modules: (file: string) => Effect.Effect<Modules>
    /** Absolute path of an artifact's bytes, which have been checked against its digest. They must not be changed. */
    readonly locate: (artifact: Artifact) => Effect.Effect<string, CacheError>
    /** The newest record with an artifact in its output whose digest begins with `start`. */
    readonly maker: (start: string) => Effect.Effect<Option.Option<StageRecord>, CacheError>
  }
>()("anneal/pipeline/StageCache") {}
