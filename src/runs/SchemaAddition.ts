/** A Schema of a mapping with one key more, in every form that the mapping may have. */
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

type Field = Schema.Codec<unknown, unknown>

/** Whether each form of the mapping is written as it is decoded, but for defaults, so that a key can be put beside its keys. */
const takes = (ast: SchemaAST.AST): boolean => {
  const source = ast.encoding?.at(-1)?.to
  if (source !== undefined && !(takes(source) && sameNames(ast, source))) return false
  if (ast._tag === "Union") return ast.types.every(takes)
  return ast._tag === "Objects" && ast.indexSignatures.length === 0
}

/** The names of a mapping's keys in each of its forms. */
const namesOf = (ast: SchemaAST.AST): ReadonlyArray<ReadonlyArray<string>> => {
  if (ast._tag === "Union") return ast.types.flatMap(namesOf)
  return ast._tag === "Objects" ? [ast.propertySignatures.map(({ name }) => String(name))] : []
}

const sameNames = (one: SchemaAST.AST, other: SchemaAST.AST): boolean =>
  namesOf(SchemaAST.toType(one)).join(";") === namesOf(SchemaAST.toEncoded(other)).join(";")

const linked = (
  ast: SchemaAST.AST,
  signature: SchemaAST.PropertySignature
): SchemaAST.Encoding | undefined => {
  const encoded = new SchemaAST.PropertySignature(signature.name, SchemaAST.toEncoded(signature.type))
  const [first, ...rest] = ast.encoding ?? []
  const link = ({ to, transformation }: SchemaAST.Link) =>
    new SchemaAST.Link(added(to, encoded), transformation)
  return first === undefined ? undefined : [link(first), ...rest.map(link)]
}

const added = (ast: SchemaAST.AST, signature: SchemaAST.PropertySignature): SchemaAST.AST => {
  const encoding = linked(ast, signature)
  if (ast._tag === "Union") {
    const types = ast.types.map((type) => added(type, signature))
    return new SchemaAST.Union(
      types,
      ast.options,
      ast.annotations,
      ast.checks,
      encoding,
      ast.context,
      ast.encodingChecks
    )
  }
  if (ast._tag !== "Objects") return ast
  return new SchemaAST.Objects(
    [...ast.propertySignatures, signature],
    ast.indexSignatures,
    ast.annotations,
    ast.checks,
    encoding,
    ast.context,
    ast.encodingChecks
  )
}

/** Whether one of the mapping's forms has a key. */
export const has = (field: Field, key: string): boolean =>
  namesOf(SchemaAST.toEncoded(field.ast)).some((names) => names.includes(key))

/** `field` with a key more; undefined if it is no mapping, or one that is transformed. */
export const beside = (field: Field, key: string, value: Field): Field | undefined =>
  takes(field.ast)
    ? Schema.make<Field>(added(field.ast, new SchemaAST.PropertySignature(key, value.ast)))
    : undefined
