/** Where finished stages and their files are kept: what lets a pipeline resume, skip and show its lineage. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Artifact, CacheError } from "./Artifact.ts"
import type { StageRecord } from "./StageRecord.ts"
import type { Workspace } from "./Workspace.ts"

/** What the cache knows under a key. */
export type Lookup =
  | { readonly _tag: "Whole"; readonly record: StageRecord }
  /** It finished once, and its output is not what it was. */
  | { readonly _tag: "Broken"; readonly record: StageRecord; readonly problem: string }
  /** It was begun `attempts` times and has not finished. */
  | { readonly _tag: "Absent"; readonly attempts: number }

export class StageCache extends Context.Service<
  StageCache,
  {
    readonly find: (key: string) => Effect.Effect<Lookup, CacheError>
    /** Records of a stage, newest first, at most `limit`. */
    readonly history: (stage: string, limit: number) => Effect.Effect<ReadonlyArray<StageRecord>, CacheError>
    /**
     * Claims a stage until the scope closes, waiting while another process runs the same one; so look again once it
     * is claimed. A claim of a process that died is taken over.
     */
    readonly begin: (key: string) => Effect.Effect<Workspace["Service"], CacheError, Scope.Scope>
    /** What an activity of a stage gave that was begun and has not finished. */
    readonly recall: (key: string, activity: string) => Effect.Effect<Option.Option<Schema.Json>, CacheError>
    /** Keeps what an activity gave until its stage finishes. Atomic and durable. */
    readonly remember: (
      key: string,
      activity: string,
      answer: Schema.Json
    ) => Effect.Effect<unknown, CacheError>
    /** Records that a stage finished: afterwards it never runs again under this key. Atomic and durable. */
    readonly finish: (record: StageRecord) => Effect.Effect<void, CacheError>
    /** A file or folder outside as an artifact; it stays where it is and is hashed again only when it changed. */
    readonly source: (path: string) => Effect.Effect<Artifact, CacheError>
    /** Absolute path of an artifact's bytes, which were compared with its digest; not to be written to. */
    readonly locate: (artifact: Artifact) => Effect.Effect<string, CacheError>
    /** The newest record whose output holds an artifact with a digest that begins so. */
    readonly maker: (start: string) => Effect.Effect<Option.Option<StageRecord>, CacheError>
  }
>()("anneal/pipeline/StageCache") {}
