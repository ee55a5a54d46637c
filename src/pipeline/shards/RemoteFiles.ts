/** Files of a web server, in parts: a service, since threads and tests have their own. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { DataError } from "../task/DatasetBase.ts"

/** Some bytes of a file. */
export interface Range {
  readonly offset: number
  /** At least 1. */
  readonly length: number
}

/**
 * Reads a file, or a part of it; exactly so many bytes come, or a failure that names the address. What may be better
 * the next time is tried again.
 */
export type Read = (url: string, range?: Range) => Effect.Effect<Uint8Array, DataError>

export const RemoteFiles = Context.Reference<Read>("anneal/pipeline/RemoteFiles", {
  defaultValue: () => (url) =>
    Effect.fail(
      new DataError({
        where: url,
        problem: "there is no client for it here",
        cure: "Read it in a run or in its data workers, which have one, or copy the shards to a folder."
      })
    )
})
