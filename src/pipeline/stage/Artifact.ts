/** A file or folder as a value, identified by its content: stages pass it on, and a cache notices when it changes. */
import * as Schema from "effect/Schema"
import { PathError } from "../../internal/PathError.ts"

/**
 * A stage with an `Artifact` in its output returns the result of `Workspace.keep`; a stage with one in its input finds
 * the bytes with `Workspace.locate`. It holds no path, so that caches can be moved.
 */
export const Artifact = Schema.TaggedStruct("anneal/Artifact", {
  /** The original name, for people and for its extension. */
  name: Schema.NonEmptyString,
  kind: Schema.Literals(["file", "folder"]),
  /**
   * `sha256:` and 64 hexadecimal digits. For a file, the digest of its bytes as `sha256sum` prints it; for a folder, that
   * of the text that `sha256sum` prints for its files in the order of their names.
   */
  digest: Schema.String.check(Schema.isPattern(/^sha256:[0-9a-f]{64}$/)),
  bytes: Schema.Int,
  /** 1 for a file. */
  files: Schema.Int
})
export type Artifact = typeof Artifact.Type

/** The cache, or a file or folder in it, cannot be read or written. */
export class CacheError extends PathError.extend<CacheError>("CacheError")({
  _tag: Schema.tag("CacheError")
}) {}

const isArtifact = Schema.is(Artifact)

/** Every artifact within an encoded value, each once, in the order of the value. */
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
