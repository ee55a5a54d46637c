/** A file or folder as a value: named by what it contains, so that stages can pass it on and a cache notices when it changes. */
import * as Schema from "effect/Schema"
import { PathError } from "../../internal/PathError.ts"

/**
 * A stage that declares an `Artifact` in its output returns what `Workspace.keep` gave it; one that declares it in its
 * input asks `Workspace.locate` where the bytes are. Encoded it holds no path, so that caches can be moved.
 */
export const Artifact = Schema.TaggedStruct("anneal/Artifact", {
  /** What it was called where it came from; for people and for its extension. */
  name: Schema.NonEmptyString,
  kind: Schema.Literals(["file", "folder"]),
  /**
   * `sha256:` and 64 hexadecimal digits: of the file's bytes as `sha256sum` prints them; for a folder of the text that
   * `sha256sum` prints for its files in order of their names.
   */
  digest: Schema.String.check(Schema.isPattern(/^sha256:[0-9a-f]{64}$/)),
  bytes: Schema.Int,
  /** 1 for a file. */
  files: Schema.Int
})
export type Artifact = typeof Artifact.Type

/** The files and folders under a cache, or the cache itself, cannot be read or written. */
export class CacheError extends PathError.extend<CacheError>("CacheError")({
  _tag: Schema.tag("CacheError")
}) {}

const isArtifact = Schema.is(Artifact)

/** Every artifact within an encoded value, each once, in the order in which they stand there. */
export const within = (json: Schema.Json): ReadonlyArray<Artifact> => {
  const found = new Map<string, Artifact>()
  const visit = (value: Schema.Json): void => {
    if (typeof value !== "object" || value === null) return
    if (isArtifact(value)) found.set(value.digest + value.name, value)
    else for (const part of Object.values(value)) visit(part)
  }
  visit(json)
  return [...found.values()]
}
