/**
 * Reads YAML as Hydra does: PyYAML's YAML 1.1 with OmegaConf's changes, every value with its place.
 *
 * The `yaml` package parses syntax; what scalars, tags, merge keys and aliases mean is decided here. Aliases are
 * expanded within a bound, so a text that grows exponentially is refused in time linear in the bound.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Library from "yaml"
import {
  emptyMap,
  type Key,
  type KeyId,
  keyId,
  list,
  type MapNode,
  map,
  type Node,
  type Scalar,
  scalar
} from "../node/Node.ts"
import { maxDigits } from "../node/Python.ts"
import type { Origin, Source } from "../node/Source.ts"
import { strangeIn } from "./Characters.ts"
import { invalidAt, type YamlInvalid } from "./Invalid.ts"
import * as YamlLines from "./Lines.ts"
import { type Tag, tagOf, valueOf } from "./Scalar.ts"

/** Collections may be nested this deep. */
export const maxDepth = 200

/** A text may have this many characters; the parser needs forty times as much memory. */
export const maxLength = 8_388_608

/** Syntax errors after the first few are mostly their consequences. */
const maxErrors = 10

/** Parses one text; fails with all problems, in order. */
export type Reader = (source: Source) => Result.Result<Node | undefined, ReadonlyArray<YamlInvalid>>

/** The reader; its parser is loaded when this effect first runs. An empty text gives `undefined`. */
export const reader: Effect.Effect<Reader> = Effect.map(
  Effect.promise(() => import("yaml")),
  (library) => (source) => readPlain(source) ?? read(library, source)
)

/** Reads one text; the parser is loaded only for one that needs it. */
export const parse = (source: Source): Effect.Effect<Node | undefined, ReadonlyArray<YamlInvalid>> => {
  const plain = readPlain(source)
  return plain === undefined
    ? Effect.flatMap(reader, (reader) => Effect.fromResult(reader(source)))
    : Effect.fromResult(plain)
}

const readPlain = (source: Source): ReturnType<Reader> | undefined => {
  const plain = source.text.length > maxLength ? undefined : YamlLines.read(source)
  return plain === undefined ? undefined : Result.succeed(plain.node)
}

/** Reads a text with the full parser. */
export const read: (library: typeof Library, source: Source) => ReturnType<Reader> = (library, source) => {
  const unfit = tooLong(source) ?? strangeIn(library, source)
  if (unfit !== undefined) return Result.fail([unfit])
  const parsed = Result.try({
    try: () => library.parseDocument(source.text, options),
    catch: () => invalidAt(source, 0, "the collections are nested too deeply", "")
  })
  if (Result.isFailure(parsed)) return Result.fail([parsed.failure])
  const document = parsed.success
  if (document.errors.length > 0) {
    return Result.fail(
      document.errors
        .slice(0, maxErrors)
        .map(({ message, pos }) => invalidAt(source, pos[0], sentence(message), cureOf(message)))
    )
  }
  if (document.contents === null) return Result.succeed(undefined)
  const state: State = {
    library,
    source,
    anchors: new Map(),
    targets: new Map(),
    open: new Set(),
    problems: [],
    copies: 0,
    alias: undefined,
    flow: 0
  }
  bind(state, document.contents, 0)
  const node = convert(state, document.contents, -1, 0)
  return state.problems.length > 0 ? Result.fail(state.problems) : Result.succeed(node)
}

const tooLong = (source: Source): YamlInvalid | undefined =>
  source.text.length <= maxLength
    ? undefined
    : invalidAt(
        source,
        0,
        `the text has ${source.text.length} characters, and at most ${maxLength} are allowed`,
        "Put large data in its own file, and the path of that file in the configuration."
      )

const options = {
  schema: "failsafe",
  version: "1.1",
  merge: false,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "error"
} as const

const sentence = (message: string): string => {
  const bare = message.replace(/\.$/, "")
  return bare.slice(0, 1).toLowerCase() + bare.slice(1)
}

/** PyYAML accepts quoted text that continues at any indentation; the specification requires indentation. */
const cureOf = (message: string): string =>
  message.startsWith("Missing closing")
    ? "If quoted text continues on the next line, indent that line more than the key."
    : ""

// ---- what is known while a text is turned into nodes

/** Aliases may copy this many values; a few lines of them could otherwise fill any memory. */
export const maxCopies = 10_000
/** The most problems that are reported for one text. */
const maxProblems = 100

interface State {
  readonly library: typeof Library
  readonly source: Source
  /** Anchored nodes by name. */
  readonly anchors: Map<string, Library.ParsedNode>
  /** What each alias names. */
  readonly targets: Map<Library.Alias.Parsed, Library.ParsedNode>
  /** The collections that surround the node being read. */
  readonly open: Set<Library.ParsedNode>
  readonly problems: Array<YamlInvalid>
  /** Values that aliases have copied. */
  copies: number
  /** The outermost alias being read. */
  alias: number | undefined
  /** How many flow collections ([…] and {…}) surround the node being read. */
  flow: number
}

const report = (state: State, offset: number, problem: string, cure = ""): void => {
  if (state.problems.length >= maxProblems) return
  state.problems.push(invalidAt(state.source, offset, problem, cure))
}

/** Whether the aliases have copied as much as they may. */
const isFull = ({ copies }: State): boolean => copies > maxCopies

// ---- anchors and collections

/** Finds what each alias names, in the order of the text: merge keys are read before what is above them. */
const bind = (state: State, node: Library.ParsedNode | null, depth: number): void => {
  if (node === null || depth > maxDepth) return
  if (state.library.isAlias(node)) return bindAlias(state, node)
  if (node.anchor !== undefined) addAnchor(state, node, node.anchor)
  for (const child of childrenOf(state, node)) bind(state, child, depth + 1)
}

const childrenOf = (
  { library }: State,
  node: Library.ParsedNode
): ReadonlyArray<Library.ParsedNode | null> => {
  if (library.isSeq(node)) return node.items
  return library.isMap(node) ? node.items.flatMap(({ key, value }) => [key, value]) : []
}

const bindAlias = (state: State, alias: Library.Alias.Parsed): void => {
  const target = state.anchors.get(alias.source)
  if (target === undefined) report(state, alias.range[0], `there is no anchor &${alias.source} above`)
  else state.targets.set(alias, target)
}

const anchorName = /^[0-9A-Za-z_-]+$/

const addAnchor = (state: State, node: Library.ParsedNode, name: string): void => {
  if (!anchorName.test(name))
    report(state, node.range[0], `the anchor &${name} may only contain letters, digits, - and _`)
  if (state.anchors.has(name)) report(state, node.range[0], `the anchor &${name} is already defined`)
  state.anchors.set(name, node)
}

/** `key` is the offset of the node's key, or -1. */
const convert = (
  state: State,
  node: Library.ParsedNode | null,
  key: number,
  depth: number,
  end = key
): Node => {
  const offset = node === null ? end : node.range[0]
  const origin: Origin = { _tag: "File", source: state.source, offset, keyOffset: key === -1 ? offset : key }
  if (node === null || !admitted(state, offset, depth)) return scalar(null, origin)
  if (state.library.isAlias(node)) return convertAlias(state, node, origin, key, depth)
  return convertBare(state, node, origin, depth)
}

const admitted = (state: State, offset: number, depth: number): boolean => {
  if (isFull(state)) return false
  if (state.alias !== undefined) state.copies += 1
  if (isFull(state)) {
    report(
      state,
      state.alias ?? offset,
      `the aliases copy more than ${maxCopies} values`,
      "Write the values out, or refer to them by interpolation: ${key}."
    )
  } else if (depth > maxDepth)
    report(state, offset, `collections are nested more than ${maxDepth} levels deep`)
  return !isFull(state) && depth <= maxDepth
}

/** Reads an anchored node again as if it were at its anchor, and counts the copies. */
const copying = (state: State, offset: number, read: () => Node): Node => {
  const { flow, alias } = state
  state.flow = 0
  state.alias ??= offset
  const copy = read()
  state.flow = flow
  state.alias = alias
  return copy
}

const convertAlias = (
  state: State,
  alias: Library.Alias.Parsed,
  origin: Origin,
  key: number,
  depth: number
): Node => {
  const target = state.targets.get(alias)
  if (target === undefined) return scalar(null, origin)
  if (!state.open.has(target))
    return copying(state, alias.range[0], () => convert(state, target, key, depth + 1))
  report(state, alias.range[0], `*${alias.source} refers to a collection that contains it`)
  return scalar(null, origin)
}

const convertBare = (
  state: State,
  node: Exclude<Library.ParsedNode, Library.Alias.Parsed>,
  origin: Origin,
  depth: number
): Node => {
  if (state.library.isScalar(node)) return scalar(scalarValue(state, node), origin)
  if (!collectionTagFits(state, node)) {
    report(state, node.range[0], `the tag ${showTag(node.tag)} is not supported here`, tagCure)
    return scalar(null, origin)
  }
  if (node.flow === true) state.flow += 1
  state.open.add(node)
  const collection = state.library.isSeq(node)
    ? list(
        node.items.map((item) => convert(state, item, -1, depth + 1)),
        origin
      )
    : convertMap(state, node, origin, depth)
  state.open.delete(node)
  if (node.flow === true) state.flow -= 1
  return collection
}

const collectionTagFits = (state: State, node: Library.YAMLMap.Parsed | Library.YAMLSeq.Parsed): boolean =>
  node.tag === undefined ||
  node.tag === "!" ||
  node.tag === `${prefix}${state.library.isSeq(node) ? "seq" : "map"}`

interface Entries {
  readonly entries: Map<KeyId, Node>
  readonly odd: Map<KeyId, Key>
}

const convertMap = (state: State, node: Library.YAMLMap.Parsed, origin: Origin, depth: number): Node => {
  const into: Entries = { entries: new Map(), odd: new Map() }
  for (const pair of node.items)
    if (isMergeKey(state, pair.key)) mergeInto(state, into, node, pair.value, depth)
  addPairs(state, into, node, depth)
  return map(into.entries, origin, into.odd.size === 0 ? undefined : into.odd)
}

const addPairs = (state: State, into: Entries, node: Library.YAMLMap.Parsed, depth: number): void => {
  const seen = new Set<string>()
  for (const pair of node.items) {
    if (isMergeKey(state, pair.key)) continue
    const key = convertKey(state, pair.key, depth)
    if (key === undefined) continue
    if (typeof key.value === "string" && seen.has(key.value)) {
      report(
        state,
        key.offset,
        `the key "${key.value}" appears twice`,
        "Remove one of them: only the last one would count."
      )
    } else if (typeof key.value === "string") seen.add(key.value)
    put(into, key.value, convert(state, pair.value, key.offset, depth + 1, key.end))
  }
}

/** As in a Python dict, the first of several equal keys keeps its place and spelling, and the last gives the value. */
const put = (into: Entries, key: Key, value: Node): void => {
  const id = keyId(key)
  const known = into.entries.has(id)
  into.entries.set(id, value)
  if (!known && typeof key !== "string" && (typeof key !== "bigint" || typeof id === "bigint"))
    into.odd.set(id, key)
}

const isMergeKey = (state: State, key: Library.ParsedNode): boolean =>
  state.library.isScalar(key) &&
  ((key.type === "PLAIN" && key.value === "<<" && key.tag === undefined) || key.tag === `${prefix}merge`)

/** `<<: *x` or `<<: [*x, *y]`: the first of several wins over the later ones. */
const mergeInto = (
  state: State,
  into: Entries,
  node: Library.YAMLMap.Parsed,
  value: Library.ParsedNode | null,
  depth: number
): void => {
  const target = dealias(state, value)
  const sources = state.library.isSeq(target) ? [...target.items].reverse() : [value]
  for (const item of sources) {
    const source = dealias(state, item)
    // A mapping that merges itself gains nothing, and an alias without an anchor has already been reported.
    if (source === node || source === undefined) continue
    if (!state.library.isMap(source))
      report(state, startOf(value), "<< takes a mapping or a list of mappings")
    else if (state.open.has(source)) report(state, startOf(item), "<< merges a mapping that contains it")
    else mergeOne(state, into, source, startOf(item), depth)
  }
}

const mergeOne = (
  state: State,
  into: Entries,
  source: Library.YAMLMap.Parsed,
  offset: number,
  depth: number
): void => {
  const merged = copying(state, offset, () => convert(state, source, -1, depth + 1))
  if (merged._tag === "Map") putAll(into, merged)
}

const startOf = (node: Library.ParsedNode | null): number => node?.range[0] ?? 0

const putAll = (into: Entries, merged: MapNode): void => {
  for (const [id, child] of merged.entries) {
    const odd = merged.oddKeys?.get(id)
    if (odd !== undefined && !into.entries.has(id)) into.odd.set(id, odd)
    into.entries.set(id, child)
  }
}

/** What an alias names, or undefined if it names nothing; any other node itself. */
const dealias = (state: State, node: Library.ParsedNode | null): Library.ParsedNode | null | undefined =>
  state.library.isAlias(node) ? state.targets.get(node) : node

/** A bare `=` is a key like any other, though as a value it has a tag of its own in YAML 1.1. */
const isEqualsSign = ({ library }: State, node: Library.ParsedNode): boolean =>
  library.isScalar(node) && node.type === "PLAIN" && node.tag === undefined && node.value === "="

const convertKey = (
  state: State,
  node: Library.ParsedNode,
  depth: number
): { readonly value: Key; readonly offset: number; readonly end: number } | undefined => {
  const [offset, end] = node.range
  if (isEqualsSign(state, node)) return { value: "=", offset, end }
  const converted = convert(state, node, -1, depth + 1)
  if (converted._tag === "Scalar" && converted.value !== null) return { value: converted.value, offset, end }
  if (isFull(state)) return undefined
  report(
    state,
    offset,
    `a key must be a string, number or boolean, not ${converted._tag === "Scalar" ? "null" : "a collection"}`
  )
  return undefined
}

/** The value of an empty text: what Hydra reads from an empty file. */
export const emptyDocument = (source: Source): Node =>
  emptyMap({ _tag: "File", source, offset: 0, keyOffset: 0 })

// ---- scalars

const tagCure = "Configurations contain strings, numbers, booleans, null, lists and mappings."
const prefix = "tag:yaml.org,2002:"
const showTag = (tag: string | undefined): string => (tag ?? "").replace(prefix, "!!")

const scalarTags = ["str", "int", "float", "bool", "null"] as const

const scalarValue = (state: State, node: Library.Scalar.Parsed): Scalar => {
  const text = blockText(state, node) ?? String(node.value)
  const plain = node.type === "PLAIN"
  const offset = node.range[0]
  if (plain) checkFlow(state, text, offset)
  if (node.tag === `${prefix}binary`) return binary(state, text, offset)
  const tag = explicitTag(node.tag) ?? impliedTag(text, plain)
  switch (tag) {
    case "other":
      report(state, offset, `the tag ${showTag(node.tag)} is not supported`, tagCure)
      return null
    case "merge":
    case "value":
      report(state, offset, `a bare ${text} cannot be a value`, `Quote it: '${text}'.`)
      return null
    default:
      return valueWith(state, tag, text, offset)
  }
}

const impliedTag = (text: string, plain: boolean): Tag => (plain ? tagOf(text) : "str")

const checkFlow = (state: State, text: string, offset: number): void => {
  if (state.flow === 0 || (!text.includes("?") && !text.startsWith(":"))) return
  report(
    state,
    offset,
    `"${text}" must be quoted between brackets`,
    `Write "${text}": in YAML 1.1, ? and a leading : have a special meaning there.`
  )
}

const valueWith = (state: State, tag: Tag, text: string, offset: number): Scalar => {
  const value = valueOf(tag, text)
  if (value !== undefined) return value
  if (tag === "int" && text.length > maxDigits)
    report(state, offset, `a number of more than ${maxDigits} digits`, "Put it in quotes if it is text.")
  else report(state, offset, `"${text}" is not a valid ${tag}`)
  return null
}

/** A block scalar at the end of a text that has no final line break has none either. */
const blockText = ({ source }: State, { range, type, value }: Library.Scalar.Parsed): string | undefined => {
  if (type !== "BLOCK_LITERAL" && type !== "BLOCK_FOLDED") return undefined
  const text = String(value)
  const cut = range[1] >= source.text.length && !source.text.endsWith("\n") && text.endsWith("\n")
  return cut ? text.slice(0, -1) : text
}

const explicitTag = (tag: string | undefined): (typeof scalarTags)[number] | "other" | undefined => {
  if (tag === undefined || tag === "!") return undefined
  return scalarTags.find((name) => tag === prefix + name) ?? "other"
}

const binary = (state: State, text: string, offset: number): Scalar => {
  const compact = text.replace(/\s/g, "")
  if (compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact)) {
    return Uint8Array.from(atob(compact), (char) => char.charCodeAt(0))
  }
  report(state, offset, "the !!binary value is not base64")
  return null
}
