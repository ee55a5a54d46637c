/** Sets and removes values by dotted key, as OmegaConf's `update` and `del` do. */
import * as Result from "effect/Result"
import { convert, type Refusal } from "../node/Convert.ts"
import * as KeyPath from "../node/KeyPath.ts"
import { isSpecial, type KeyId, type MapNode, map, type Node, namesOf, over } from "../node/Node.ts"
import * as Python from "../node/Python.ts"
import type { Type } from "../node/Type.ts"
import { changesKind, elementType, type MergeOptions, mergeAt } from "./Merge.ts"

export interface UpdateOptions {
  /** Whether keys that do not exist may be created. */
  readonly create: boolean
  readonly follow: MergeOptions["follow"]
  readonly replaced: MergeOptions["replaced"]
}

/** `Absent`: the key does not exist and may not be created; `Refused`: its type does not allow the value. */
export type UpdateProblem =
  | { readonly _tag: "Absent"; readonly key: string; readonly known: ReadonlyArray<string> }
  | { readonly _tag: "Refused"; readonly refusals: ReadonlyArray<Refusal> }
  | { readonly _tag: "Impossible"; readonly problem: string }

type Updated = Result.Result<Node, UpdateProblem>

interface Frame {
  readonly root: Node
  readonly options: UpdateOptions
  readonly key: string
  readonly path: ReadonlyArray<KeyId>
}

/** The root with a value at a dotted key: merged onto a mapping or list there, and replacing anything else. */
export const set = (root: Node, key: string, value: Node, options: UpdateOptions): Updated =>
  setIn(root, KeyPath.split(key), value, { root, options, key: "", path: [] })

const fail = (problem: UpdateProblem): Updated => Result.fail(problem)

const setIn = (parent: Node, parts: ReadonlyArray<string>, value: Node, frame: Frame): Updated => {
  const [part, ...rest] = parts
  if (part === undefined || parent._tag === "Scalar")
    return fail({ _tag: "Impossible", problem: "there is no such key" })
  if (parent._tag === "List") return setItem(parent, part, rest, value, frame)
  const at: Frame = {
    ...frame,
    key: frame.key === "" ? part : `${frame.key}.${part}`,
    path: [...frame.path, part]
  }
  const known = parent.entries.get(part)
  if (known === undefined && !at.options.create) return fail(absent(parent, at.key))
  const child =
    rest.length === 0 ? place(parent, part, known, value, at) : setBelow(parent, part, known, rest, value, at)
  return Result.map(child, (node) => ({ ...parent, entries: new Map(parent.entries).set(part, node) }))
}

const absent = (parent: MapNode, key: string): UpdateProblem => {
  const fields = parent.type._tag === "Struct" ? Object.keys(parent.type.fields) : []
  return { _tag: "Absent", key, known: [...new Set([...fields, ...namesOf(parent)])] }
}

/** Sets a value below a key: in the mapping or list there, or in a new mapping that replaces a scalar. */
const setBelow = (
  parent: Node,
  part: string,
  known: Node | undefined,
  rest: ReadonlyArray<string>,
  value: Node,
  frame: Frame
): Updated => {
  if (known !== undefined && known._tag !== "Scalar") return setIn(known, rest, value, frame)
  if (known !== undefined && !isSpecial(known))
    frame.options.replaced?.(frame.key, known, map(new Map(), value.origin))
  const type = typeFor(parent, part, known)
  const opened = collect((refuse) =>
    over(convert(map(new Map(), value.origin), type, frame.key, refuse), known)
  )
  return Result.flatMap(opened, (node) => setIn(node, rest, value, frame))
}

/** The node for the last part of the key. */
const place = (
  parent: MapNode,
  part: string,
  known: Node | undefined,
  value: Node,
  frame: Frame
): Updated => {
  const { options, key, path } = frame
  if (known === undefined || known._tag === "Scalar" || value._tag === "Scalar") {
    if (known !== undefined && changesKind(known, value)) options.replaced?.(key, known, value)
    const type = typeFor(parent, part, known)
    return collect((refuse) => over(convert(value, type, key, refuse), known))
  }
  const { create, follow, replaced } = options
  return collect((refuse) =>
    mergeAt(known, value, { struct: !create, refuse, follow, replaced }, key, path, frame.root)
  )
}

/** The type of the value at a key: its own, or the one that its parent gives it. */
const typeFor = (parent: Node, part: string, known: Node | undefined): Type =>
  known !== undefined && known.type._tag !== "Any" ? known.type : elementType(parent.type, part)

/** Runs `make` and fails if it refused a value. A new key that is refused is an absent one. */
const collect = (make: (refuse: (refusal: Refusal) => void) => Node): Updated => {
  const refusals: Array<Refusal> = []
  const node = make((refusal) => refusals.push(refusal))
  const [first] = refusals
  if (first === undefined) return Result.succeed(node)
  if (first.subject === "field") return fail({ _tag: "Absent", key: first.key, known: first.known ?? [] })
  return fail({ _tag: "Refused", refusals })
}

const setItem = (
  parent: Extract<Node, { readonly _tag: "List" }>,
  part: string,
  rest: ReadonlyArray<string>,
  value: Node,
  frame: Frame
): Updated => {
  const index = Python.parseInt(part)
  const position =
    index === undefined ? undefined : Number(index < 0n ? index + BigInt(parent.items.length) : index)
  const known = position === undefined ? undefined : parent.items[position]
  if (position === undefined || known === undefined) {
    return fail({
      _tag: "Impossible",
      problem: `"${part}" is not an index of the list "${frame.key}", which has ${parent.items.length} items`
    })
  }
  const at: Frame = { ...frame, key: `${frame.key}[${position}]`, path: [...frame.path, position] }
  const holder = map(new Map([[part, known]]), parent.origin, undefined, parent.type)
  const child =
    rest.length === 0 ? place(holder, part, known, value, at) : setBelow(holder, part, known, rest, value, at)
  return Result.map(child, (node) => ({ ...parent, items: parent.items.with(position, node) }))
}

/** The root without the value at a path of keys that exists. */
export const remove = (root: Node, path: ReadonlyArray<KeyId>): Updated => {
  const [id, ...rest] = path
  if (id === undefined || root._tag === "Scalar")
    return fail({ _tag: "Impossible", problem: "there is no such key" })
  if (root._tag === "List") return removeItem(root, Number(id), rest)
  const child = root.entries.get(id)
  if (child === undefined) return fail({ _tag: "Impossible", problem: `there is no key "${String(id)}"` })
  const entries = new Map(root.entries)
  if (rest.length > 0)
    return Result.map(remove(child, rest), (node) => ({ ...root, entries: entries.set(id, node) }))
  if (root.type._tag === "Struct") {
    return fail({
      _tag: "Impossible",
      problem: `"${String(id)}" is a field of ${root.type.name}, which must keep all its fields`
    })
  }
  entries.delete(id)
  return Result.succeed({ ...root, entries })
}

const removeItem = (
  list: Extract<Node, { readonly _tag: "List" }>,
  index: number,
  rest: ReadonlyArray<KeyId>
): Updated => {
  const item = list.items[index]
  if (rest.length === 0) return fail({ _tag: "Impossible", problem: "an item of a list cannot be deleted" })
  if (item === undefined) return fail({ _tag: "Impossible", problem: `the list has no item ${index}` })
  return Result.map(remove(item, rest), (node) => ({ ...list, items: list.items.with(index, node) }))
}
