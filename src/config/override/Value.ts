/**
 * The value of an override, right of `=`, as a tree that remembers where each part was written.
 *
 * Function calls (`int(1.5)`, `sort(3,1)`) are evaluated while parsing, as Hydra does, so the tree contains their results.
 */

/** A half-open range of UTF-16 positions in the override's text, 0-based: `text.slice(start, end)`. */
export interface Span {
  readonly start: number
  readonly end: number
}

interface Node<Tag extends string> {
  readonly _tag: Tag
  readonly span: Span
}

export interface Null extends Node<"Null"> {}
export interface Bool extends Node<"Bool"> {
  readonly value: boolean
}
/** A whole number of any size; a `bigint` only beyond the safe integers. */
export interface Int extends Node<"Int"> {
  readonly value: number | bigint
}
/** A floating point number, which may be integral (`1.0`), infinite or not a number. */
export interface Float extends Node<"Float"> {
  readonly value: number
}
/** Text written without quotes, escapes resolved, interpolations kept as text. */
export interface Text extends Node<"Text"> {
  readonly value: string
}
/** Text written in quotes, escapes resolved. It equals a `Text` of the same value once the config is composed. */
export interface Quoted extends Node<"Quoted"> {
  readonly value: string
  readonly quote: "single" | "double"
}
export interface List extends Node<"List"> {
  readonly items: ReadonlyArray<OverrideValue>
}
/** Keys are scalars of any type, each once: a repeated key keeps its first place and its last value. */
export interface Dict extends Node<"Dict"> {
  readonly entries: ReadonlyArray<{ readonly key: DictKey; readonly value: OverrideValue }>
}

/** `a,b,c` (`simple`) or `choice(a,b,c)`. */
export interface ChoiceSweep extends Node<"ChoiceSweep"> {
  readonly items: ReadonlyArray<OverrideValue>
  readonly simple: boolean
  readonly shuffle: boolean
  readonly tags: ReadonlyArray<string>
}
/** `range(start, stop, step)`: `start` included, `stop` not. */
export interface RangeSweep extends Node<"RangeSweep"> {
  readonly start: Numeric
  readonly stop: Numeric
  readonly step: Numeric
  readonly shuffle: boolean
  readonly tags: ReadonlyArray<string>
}
/** `interval(start, end)`: a continuous range for sweepers that sample; the basic sweeper refuses it. */
export interface IntervalSweep extends Node<"IntervalSweep"> {
  readonly start: Int | Float
  readonly end: Int | Float
  readonly tags: ReadonlyArray<string>
}
/** `glob(include, exclude)`: the options of a group whose names match. Only text can be a pattern; expanding refuses anything else. */
export interface GlobSweep extends Node<"GlobSweep"> {
  readonly include: ReadonlyArray<OverrideValue>
  readonly exclude: ReadonlyArray<OverrideValue>
}

/** The bounds of a range; a boolean counts as 0 or 1. */
export type Numeric = Int | Float | Bool
export type Scalar = Null | Bool | Int | Float | Text | Quoted
/** A dictionary's key; never quoted. */
export type DictKey = Null | Bool | Int | Float | Text
export type Sweep = ChoiceSweep | RangeSweep | IntervalSweep | GlobSweep
/**
 * Any value. The grammar allows a sweep inside a list, a dictionary or another sweep, where it has no meaning: use
 * `nestedSweep` to refuse it.
 */
export type OverrideValue = Scalar | List | Dict | Sweep

export const isSweep = (value: OverrideValue): value is Sweep => {
  switch (value._tag) {
    case "ChoiceSweep":
    case "RangeSweep":
    case "IntervalSweep":
    case "GlobSweep":
      return true
    default:
      return false
  }
}

export const isNumeric = (value: OverrideValue | undefined): value is Numeric =>
  value !== undefined && (value._tag === "Int" || value._tag === "Float" || value._tag === "Bool")

export const isText = (value: OverrideValue): value is Text | Quoted =>
  value._tag === "Text" || value._tag === "Quoted"

/** The values directly inside a list, a dictionary or a choice. */
export const children = (value: OverrideValue): ReadonlyArray<OverrideValue> => {
  switch (value._tag) {
    case "List":
    case "ChoiceSweep":
      return value.items
    case "Dict":
      return value.entries.map((entry) => entry.value)
    default:
      return []
  }
}

/** The first sweep inside another value, at any depth; `undefined` for every usable value. */
export const nestedSweep = (value: OverrideValue): Sweep | undefined => {
  for (const child of children(value)) {
    const found = isSweep(child) ? child : nestedSweep(child)
    if (found !== undefined) return found
  }
  return undefined
}
