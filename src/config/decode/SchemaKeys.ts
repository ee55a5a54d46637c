/** What a Schema says about the keys of a mapping and their values, for messages and completion. */
import * as SchemaAST from "effect/SchemaAST"

const encoded = (ast: SchemaAST.AST): SchemaAST.AST => {
  const side = SchemaAST.toEncoded(ast)
  return side._tag === "Suspend" ? encoded(side.thunk()) : side
}

/** The names of an object's properties, as a config spells them. */
export const namesOf = (ast: SchemaAST.AST): ReadonlyArray<string> => {
  const side = encoded(ast)
  if (side._tag === "Union") return [...new Set(side.types.flatMap(namesOf))]
  if (side._tag !== "Objects") return []
  return side.propertySignatures.map(({ name }) => String(name))
}

/** The properties of a mapping that has one form, by name. */
export const propertiesOf = (ast: SchemaAST.AST): ReadonlyMap<string, SchemaAST.AST> | undefined => {
  const side = encoded(ast)
  return side._tag === "Objects" && side.propertySignatures.length > 0
    ? new Map(side.propertySignatures.map(({ name, type }) => [String(name), type]))
    : undefined
}

/** The key whose literal distinguishes the members of a union, and the literals of all members. */
export interface Discriminator {
  readonly key: string
  readonly options: ReadonlyArray<string>
}

export const discriminatorOf = (ast: SchemaAST.AST): Discriminator | undefined => {
  const side = encoded(ast)
  if (side._tag !== "Union") return undefined
  const members = side.types.map(encoded).filter((member) => member._tag === "Objects")
  const [first] = members
  if (first === undefined) return undefined
  for (const { name, type } of first.propertySignatures) {
    if (literalsOf(type).length === 0) continue
    const options = members.map((member) => literalsIn(member, name))
    if (options.every((literals) => literals.length > 0))
      return { key: String(name), options: options.flat() }
  }
  return undefined
}

const literalsIn = (objects: SchemaAST.Objects, name: PropertyKey): ReadonlyArray<string> =>
  objects.propertySignatures
    .filter((property) => property.name === name)
    .flatMap(({ type }) => literalsOf(type))

const literalsOf = (ast: SchemaAST.AST): ReadonlyArray<string> => {
  const side = encoded(ast)
  if (side._tag === "Literal") return [String(side.literal)]
  return side._tag === "Union" ? side.types.flatMap(literalsOf) : []
}

/** The values that a key may have, as a config spells them, if they can be listed: literals, booleans, null. */
export const valuesAt = (ast: SchemaAST.AST, path: ReadonlyArray<string>): ReadonlyArray<string> => {
  const side = encoded(ast)
  if (side._tag === "Union") return [...new Set(side.types.flatMap((type) => valuesAt(type, path)))]
  const [name, ...rest] = path
  if (name === undefined) return valuesOf(side)
  if (side._tag !== "Objects") return []
  return side.propertySignatures
    .filter((property) => property.name === name)
    .flatMap(({ type }) => valuesAt(type, rest))
}

const valuesOf = (ast: SchemaAST.AST): ReadonlyArray<string> => {
  if (ast._tag === "Literal") return [String(ast.literal)]
  if (ast._tag === "Boolean") return ["true", "false"]
  return ast._tag === "Null" ? ["null"] : []
}
