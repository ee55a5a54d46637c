/** A picture and the text regions marked on it, by a person or a generator. */
import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { DataError } from "../../../pipeline/task/Dataset.ts"
import type { Polygon } from "../geometry/Polygon.ts"

export interface Region {
  /** The word's key in the annotation file, e.g. `0001`. */
  readonly id: string
  readonly polygon: Polygon
  /** Illegible (`illegibility: true` or `###`): ignored in loss and metric. */
  readonly ignore: boolean
  readonly transcription?: string
}

export interface TextImage {
  /** The file name, or the generator's name for it. */
  readonly name: string
  readonly width: number
  readonly height: number
  /** Row-major, 3 bytes a pixel, EXIF orientation already applied. */
  readonly rgb: Uint8Array
  readonly regions: ReadonlyArray<Region>
}

/** Where pictures come from: a pure function of (epoch, index). A folder ignores the epoch; a generator need not. */
export interface ImageSource {
  readonly name: string
  readonly size: number
  readonly image: (epoch: number, index: number) => Effect.Effect<TextImage, DataError>
  /**
   * All that determines the picture and its regions of epoch 0, so that what is made of them can be kept in a cache;
   * absent where nobody can say.
   */
  readonly key?: ((index: number) => Effect.Effect<Schema.Json, DataError>) | undefined
}
