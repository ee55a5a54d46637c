/** Writes override values as text: as Hydra does, or so that they always read back as the same value. */
import * as Result from "effect/Result"
import * as Python from "../node/Python.ts"
import { rules } from "./Grammar.ts"
import { escapable } from "./Lexer.ts"
import type * as Value from "./Value.ts"

const escaped = (text: string): string => {
  let out = ""
  for (const char of text) out += escapable.includes(char) ? `\\${char}` : char
  return out
}

/** Text in quotes: quotes are escaped, and so are the backslashes that stand before one or at the end. */
export const quote = (text: string, style: "single" | "double"): string => {
  const mark = style === "single" ? "'" : '"'
  let out = mark
  let at = 0
  while (at < text.length) {
    const from = at
    while (text[at] === "\\") at++
    const backslashes = text.slice(from, at)
    const doubled = at === text.length || text[at] === mark
    out += doubled ? backslashes + backslashes : backslashes
    if (at < text.length) out += text[at] === mark ? `\\${mark}` : text.charAt(at)
    at++
  }
  return out + mark
}

/** What differs between the two styles. */
interface Style {
  readonly bool: (value: boolean) => string
  readonly text: (value: Value.Text) => string
}

const hydraStyle: Style = { bool: (value) => (value ? "True" : "False"), text: ({ value }) => escaped(value) }

/** Quotes are needed for text that the grammar would not read, or would read as something else. */
const needsQuotes = (text: string): boolean => {
  const read = rules.primitive(escaped(text))
  const isSame = Result.isSuccess(read) && read.success._tag === "Text" && read.success.value === text
  return !isSame || read.success.span.end !== escaped(text).length
}

const exactStyle: Style = {
  bool: String,
  text: ({ value }) => (needsQuotes(value) ? quote(value, "single") : escaped(value))
}

const write = (value: Value.OverrideValue, style: Style): string => {
  switch (value._tag) {
    case "List":
      return `[${join(value.items, style)}]`
    case "Dict":
      return `{${value.entries.map((entry) => writeEntry(entry, style)).join(",")}}`
    case "ChoiceSweep":
    case "RangeSweep":
    case "IntervalSweep":
    case "GlobSweep":
      return writeSweep(value, style)
    default:
      return writeScalar(value, style)
  }
}

const writeEntry = ({ key, value }: Value.Dict["entries"][number], style: Style): string =>
  `${write(key, hydraStyle)}:${write(value, style)}`

const writeScalar = (value: Value.Scalar, style: Style): string => {
  switch (value._tag) {
    case "Null":
      return "null"
    case "Bool":
      return style.bool(value.value)
    case "Int":
      return String(value.value)
    case "Float":
      return Python.floatText(value.value)
    case "Text":
      return style.text(value)
    case "Quoted":
      return quote(value.value, value.quote)
  }
}

const join = (values: ReadonlyArray<Value.OverrideValue>, style: Style) =>
  values.map((value) => write(value, style)).join(",")

const writeSweep = (sweep: Value.Sweep, style: Style): string => {
  switch (sweep._tag) {
    case "GlobSweep":
      return `glob([${join(sweep.include, style)}],[${join(sweep.exclude, style)}])`
    case "IntervalSweep": {
      const interval = `interval(${join([sweep.start, sweep.end], style)})`
      return tagged(sweep.tags, sweep.start._tag === "Int" ? `int(${interval})` : interval)
    }
    case "RangeSweep": {
      const range = `range(${join([sweep.start, sweep.stop, sweep.step], style)})`
      return tagged(sweep.tags, sweep.shuffle ? `shuffle(${range})` : range)
    }
    case "ChoiceSweep":
      return writeChoice(sweep, style)
  }
}

/** `a,b` cannot be tagged, and only functions without arguments make an empty choice. */
const writeChoice = ({ items, simple, shuffle, tags }: Value.ChoiceSweep, style: Style): string => {
  if (items.length === 0) {
    const empty = shuffle ? "shuffle()" : "float(shuffle())"
    return tagged(tags, simple ? empty : `choice(${empty})`)
  }
  const isPlain = simple && (shuffle || tags.length === 0)
  const choice = isPlain ? join(items, style) : `choice(${join(items, style)})`
  return tagged(tags, shuffle ? `shuffle(${choice})` : choice)
}

const tagged = (tags: ReadonlyArray<string>, sweep: string) =>
  tags.length === 0 ? sweep : `tag(${[...tags.map((tag) => quote(tag, "single")), sweep].join(",")})`

/**
 * The value as Hydra writes it for the jobs of a sweep (`True`, `null`, special characters escaped, no white space).
 * It need not read back as the same value: the text of `str(10)` is `10`.
 */
export const toHydraText = (value: Value.OverrideValue): string => write(value, hydraStyle)

/**
 * The value as text that parses as the same value, if text in quotes counts as the same as text without, and a tagged
 * `a,b` as `choice(a,b)`. A sweep inside another value, which has no use, need not read back.
 */
export const print = (value: Value.OverrideValue): string => write(value, exactStyle)
