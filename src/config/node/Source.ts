/** The texts that a configuration is read from, and the places in them that values and problems point to. */
import * as Schema from "effect/Schema"

/** A text that offsets point into: one YAML file, or a config built into the library. */
export class Source {
  /** The name of the source in messages: the path of the file, or `<hydra>/…` for a built-in one. */
  readonly path: string
  readonly text: string
  #lines: ReadonlyArray<number> | undefined

  constructor(path: string, text: string) {
    this.path = path
    this.text = text
  }

  /** The 1-based line and column (in UTF-16 units) of a 0-based offset. */
  locate(offset: number): { readonly line: number; readonly column: number } {
    this.#lines ??= lineStarts(this.text)
    let low = 0
    let high = this.#lines.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#lines[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (this.#lines[low] ?? 0) + 1 }
  }
}

const lineStarts = (text: string): ReadonlyArray<number> => {
  const starts = [0]
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
  return starts
}

/** Where a value came from; offsets become lines only when a message needs them. */
export type Origin =
  | {
      readonly _tag: "File"
      readonly source: Source
      readonly offset: number
      /** The offset of the value's key, or of the value itself if it has no key. */
      readonly keyOffset: number
    }
  | { readonly _tag: "Override"; readonly input: string; readonly index: number; readonly offset: number }
  | { readonly _tag: "Computed"; readonly by: string }

/** A place as messages give it, with 1-based lines and columns. */
export const Place = Schema.Union([
  Schema.TaggedStruct("File", { file: Schema.String, line: Schema.Finite, column: Schema.Finite }),
  Schema.TaggedStruct("Override", { override: Schema.String, index: Schema.Finite, column: Schema.Finite }),
  Schema.TaggedStruct("Computed", { by: Schema.String })
])
export type Place = typeof Place.Type

/** The place of a value, or of its key with `key`. */
export const placeOf = (origin: Origin, at: "value" | "key" = "value"): Place => {
  switch (origin._tag) {
    case "File": {
      const { line, column } = origin.source.locate(at === "key" ? origin.keyOffset : origin.offset)
      return { _tag: "File", file: origin.source.path, line, column }
    }
    case "Override":
      return { _tag: "Override", override: origin.input, index: origin.index, column: origin.offset + 1 }
    case "Computed":
      return origin
  }
}

/** `configs/train.yaml:3:5`, `override "seed=1"`, or what computed it. */
export const describe = (place: Place): string => {
  switch (place._tag) {
    case "File":
      return `${place.file}:${place.line}:${place.column}`
    case "Override":
      return `override "${place.override}"`
    case "Computed":
      return place.by
  }
}
