/**
 * Plain values that keep `1.0` apart from `1` for schemas that need it: a whole float becomes its text (`"1.0"`) at a key
 * whose schema lists that text as a literal, because JavaScript's numbers do not distinguish the two.
 */
import * as SchemaAST from "effect/SchemaAST"
import type { MapNode, Node } from "../node/Node.ts"
import { keyOf } from "../node/Node.ts"
import * as Plain from "../node/Plain.ts"
import { floatText } from "../node/Python.ts"

/** All alternatives of the encoded side. */
const membersOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> => {
  const side = SchemaAST.toEncoded(ast)
  if (side._tag === "Suspend") return membersOf(side.thunk())
  return side._tag === "Union" ? side.types.flatMap(membersOf) : [side]
}

const property = (members: ReadonlyArray<SchemaAST.AST>, name: string): ReadonlyArray<SchemaAST.AST> =>
  members.flatMap((member) =>
    member._tag === "Objects"
      ? member.propertySignatures.filter((signature) => signature.name === name).map(({ type }) => type)
      : []
  )

const accepts = (members: ReadonlyArray<SchemaAST.AST>, text: string): boolean =>
  members.some((member) => member._tag === "Literal" && member.literal === text)

const fromMap = (node: MapNode, members: ReadonlyArray<SchemaAST.AST>): { [key: string]: Plain.Value } => {
  const entries = [...node.entries].map(([id, child]): [string, Plain.Value] => {
    const name = Plain.keyText(keyOf(node, id))
    return [name, convert(child, property(members, name).flatMap(membersOf))]
  })
  return Object.fromEntries(entries)
}

const convert = (node: Node, members: ReadonlyArray<SchemaAST.AST>): Plain.Value => {
  if (node._tag === "Map") return fromMap(node, members)
  if (node._tag === "List" || typeof node.value !== "number" || !Number.isInteger(node.value)) {
    return Plain.fromNode(node)
  }
  const text = floatText(node.value)
  return accepts(members, text) ? text : node.value
}

/** The plain value of `node`, to be decoded by the schema of `ast`. */
export const fromNode = (node: Node, ast: SchemaAST.AST): Plain.Value => convert(node, membersOf(ast))
