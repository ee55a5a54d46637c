/**
 * Reads the plain part of YAML line by line: block mappings and lists of scalars, as nearly all configs are written.
 *
 * It gives exactly what the full parser gives, places included, or `undefined` if a text uses anything else: anchors,
 * tags, block scalars, nested brackets, text over several lines. So most configs compose without loading the full
 * parser, with which `config show` takes a sixth longer.
 */
import { type KeyId, list, map, type Node, type Scalar, scalar } from "../node/Node.ts"
import type { Origin, Source } from "../node/Source.ts"
import { type Tag, tagOf, valueOf } from "./Scalar.ts"

interface Line {
  readonly indent: number
  /** Offset of the first character that is not a space. */
  readonly start: number
  readonly text: string
}

/** What the full parser would give for the text, or `undefined` if the text needs the full parser. */
export const read = (source: Source): { readonly node: Node | undefined } | undefined => {
  if (!ordinary.test(source.text)) return undefined
  const lines = contentLines(source.text)
  if (lines === undefined) return undefined
  const [first] = lines
  if (first === undefined) return { node: undefined }
  const state: State = { source, lines, at: 0, depth: 0 }
  const node = first.indent === 0 ? block(state, 0, -1) : undefined
  return node === undefined || state.at < lines.length ? undefined : { node }
}

/** Printable text without tabs, carriage returns, and characters that some versions of YAML count as line breaks. */
const ordinary = /^[\n\x20-\x7e\u00a1-\u1fff\u3001-\ud7ff]*$/

interface State {
  readonly source: Source
  readonly lines: Array<Line>
  at: number
  depth: number
}

/** Collections nested deeper and longer lines are left to the full parser and its bounds. */
const maxDepth = 50
const maxLength = 900

const contentLines = (text: string): Array<Line> | undefined => {
  const lines: Array<Line> = []
  let offset = 0
  for (const raw of text.split("\n")) {
    const indent = raw.length - raw.trimStart().length
    const content = raw.slice(indent)
    if (content !== "" && !content.startsWith("#")) {
      if (content.length > maxLength || (indent === 0 && /^(?:---|\.\.\.|%)/.test(content))) return undefined
      lines.push({ indent, start: offset + indent, text: content })
    }
    offset += raw.length + 1
  }
  return lines
}

const originOf = (state: State, offset: number, key: number): Origin => ({
  _tag: "File",
  source: state.source,
  offset,
  keyOffset: key === -1 ? offset : key
})

/** A mapping or a list whose lines are indented by `indent`; `key` is the offset of its key, or -1. */
const block = (state: State, indent: number, key: number): Node | undefined => {
  const line = state.lines[state.at]
  if (line === undefined || state.depth >= maxDepth) return undefined
  state.depth += 1
  const node = isItem(line.text) ? sequence(state, indent, key) : mapping(state, indent, key)
  state.depth -= 1
  return node
}

const isItem = (text: string): boolean => text === "-" || text.startsWith("- ")

const sequence = (state: State, indent: number, key: number): Node | undefined => {
  const items: Array<Node> = []
  const start = state.lines[state.at]?.start ?? 0
  for (
    let line = lineAt(state, indent);
    line !== undefined && isItem(line.text);
    line = lineAt(state, indent)
  ) {
    const inner = item(state, line)
    if (inner === undefined) return undefined
    items.push(inner)
  }
  return list(items, originOf(state, start, key))
}

/** The next line, if it is indented by exactly this much. */
const lineAt = (state: State, indent: number): Line | undefined => {
  const line = state.lines[state.at]
  return line === undefined || line.indent !== indent ? undefined : line
}

const item = (state: State, line: Line): Node | undefined => {
  const gap = /^- */.exec(line.text)?.[0].length ?? 1
  const rest = line.text.slice(gap)
  if (rest === "" || rest.startsWith("#") || isItem(rest)) return undefined
  return entryPattern.test(rest) ? compactMapping(state, line, gap) : scalarLine(state, line, gap, -1)
}

/** `- key: value` and the lines below that continue the mapping, which starts at the key. */
const compactMapping = (state: State, line: Line, gap: number): Node | undefined => {
  state.lines[state.at] = { indent: line.indent + gap, start: line.start + gap, text: line.text.slice(gap) }
  return block(state, line.indent + gap, -1)
}

/** A key that is plainly text, its colon, and what follows. */
const entryPattern = /^([A-Za-z_/][\w./@-]*(?: [\w./@-]+)*):(?: +(.*))?$/

const mapping = (state: State, indent: number, key: number): Node | undefined => {
  const entries = new Map<KeyId, Node>()
  const start = state.lines[state.at]?.start ?? 0
  for (let line = lineAt(state, indent); line !== undefined; line = lineAt(state, indent)) {
    if (!readEntry(state, line, entries)) return undefined
  }
  return map(entries, originOf(state, start, key))
}

/** Reads an entry with its value into the mapping and returns whether it could. */
const readEntry = (state: State, line: Line, entries: Map<KeyId, Node>): boolean => {
  const match = entryPattern.exec(line.text)
  const name = match?.[1]
  if (match === null || name === undefined || tagOf(name) !== "str" || entries.has(name)) return false
  const node = value(state, line, match[2] ?? "")
  if (node === undefined) return false
  entries.set(name, node)
  return true
}

/** The value of an entry: on its line, or in the deeper lines below. */
const value = (state: State, line: Line, rest: string): Node | undefined => {
  if (rest !== "" && !rest.startsWith("#"))
    return scalarLine(state, line, line.text.length - rest.length, line.start)
  state.at += 1
  const next = state.lines[state.at]
  if (next === undefined || next.indent < line.indent) return nothing(state, line, rest)
  if (next.indent > line.indent) return block(state, next.indent, line.start)
  return isItem(next.text) ? block(state, next.indent, line.start) : nothing(state, line, rest)
}

const nothing = (state: State, line: Line, rest: string): Node =>
  scalar(null, originOf(state, line.start + line.text.length - rest.length, line.start))

/** A value that ends with its line; if deeper lines follow, it does not. */
const scalarLine = (state: State, line: Line, from: number, key: number): Node | undefined => {
  state.at += 1
  const next = state.lines[state.at]
  if (next !== undefined && next.indent > line.indent) return undefined
  return inline(state, line.text.slice(from), line.start + from, key)
}

const inline = (state: State, text: string, offset: number, key: number): Node | undefined => {
  const origin = originOf(state, offset, key)
  const quoted = quotedText(text)
  if (quoted !== undefined) return scalar(quoted, origin)
  const content = text.replace(/ +(?:#.*)?$/, "")
  if (content.startsWith("[")) return flowList(state, content, offset, origin)
  if (content === "{}") return map(new Map(), origin)
  return plainStart.test(content) && !/:(?: |$)/.test(content) ? plainScalar(content, origin) : undefined
}

/** How a plain scalar may begin here; other characters have a meaning in YAML. */
const plainStart = /^(?:[A-Za-z0-9_./$~+^(;\\\u00a1-\ud7ff]|-[^ \n]|<[^<])/

const tags: ReadonlySet<Tag> = new Set(["str", "int", "float", "bool", "null"])

const plainScalar = (content: string, origin: Origin): Node | undefined => {
  const tag = tagOf(content)
  const read: Scalar | undefined = tags.has(tag) ? valueOf(tag, content) : undefined
  return read === undefined ? undefined : scalar(read, origin)
}

/** Quoted text without escapes, alone on its line or before a comment. */
const quotedText = (text: string): string | undefined => {
  const match = /^(?:'((?:[^']|'')*)'|"([^"\\]*)")(?: +(?:#.*)?)?$/.exec(text)
  if (match === null) return undefined
  return match[1] === undefined ? match[2] : match[1].replaceAll("''", "'")
}

/** `[a, 1, true]`: plain scalars only. */
const flowList = (state: State, content: string, offset: number, origin: Origin): Node | undefined => {
  if (!content.endsWith("]")) return undefined
  const inner = content.slice(1, -1)
  if (inner.trim() === "") return list([], origin)
  const items: Array<Node> = []
  let at = offset + 1
  for (const piece of inner.split(",")) {
    const trimmed = piece.trim()
    if (!/^(?:[A-Za-z0-9_./]|[-+][0-9A-Za-z.])[\w./+ -]*$/.test(trimmed)) return undefined
    const item = plainScalar(trimmed, originOf(state, at + piece.length - piece.trimStart().length, -1))
    if (item === undefined) return undefined
    items.push(item)
    at += piece.length + 1
  }
  return list(items, origin)
}
