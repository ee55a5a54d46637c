/**
 * JSON Schema for config files, so that any YAML editor completes keys, shows their descriptions and defaults, and marks
 * mistakes, for primary configs and for every option of every group.
 *
 * A config file is a part of a plan: nothing is required in it, and any value may be an interpolation or `???`.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [key: string]: unknown }

const dialect = "https://json-schema.org/draft/2020-12/schema"

/** The schema of a primary config: the whole plan, a defaults list, and the `hydra` node. */
export const primary = (schema: Schema.Constraint, title: string): JsonSchema =>
  document(title, objectOf([schema.ast], { defaults: defaultsList, hydra: { type: "object" } }))

/**
 * The schema of a group's options, whose content goes to a package of the plan; undefined if the plan has none, or a
 * list there, since a file holds a mapping and says by `@package` where it goes.
 */
export const option = (schema: Schema.Constraint, pkg: string, title: string): JsonSchema | undefined => {
  const parts = pkg === "" ? [] : pkg.split(".")
  const asts = parts.reduce((found, part) => found.flatMap((ast) => propertiesOf(ast, part)), [schema.ast])
  const holdsKeys = asts.flatMap(membersOf).some(({ _tag }) => _tag === "Objects")
  return holdsKeys ? document(title, objectOf(asts, { defaults: defaultsList })) : undefined
}

const document = (title: string, schema: JsonSchema): JsonSchema => ({
  $schema: dialect,
  title,
  ...schema,
  $defs: {
    open: {
      description: "An interpolation, or ??? for a value that is still to be given.",
      type: "string",
      pattern: "\\$\\{|^\\?\\?\\?$"
    }
  }
})

const defaultsList: JsonSchema = {
  description: "Configs to merge, in order; _self_ stands for this one.",
  type: "array",
  items: {
    anyOf: [
      { type: "string" },
      {
        type: "object",
        minProperties: 1,
        maxProperties: 1,
        additionalProperties: {
          anyOf: [{ type: ["string", "null"] }, { type: "array", items: { type: "string" } }]
        }
      }
    ]
  }
}

/**
 * The shape of a file: the decoded side if it has the same shape, because only there do fields keep their descriptions
 * and defaults; otherwise the encoded side.
 */
const structure = (ast: SchemaAST.AST): SchemaAST.AST => {
  if (ast._tag === "Suspend") return structure(ast.thunk())
  const source = ast.encoding?.at(-1)?.to
  return source === undefined || sameShape(ast, source) ? ast : structure(source)
}

const sameShape = (one: SchemaAST.AST, other: SchemaAST.AST): boolean => {
  if (one._tag === "Objects" && other._tag === "Objects") return namesOf(one) === namesOf(other)
  if (one._tag !== "Union" || other._tag !== "Union") return one._tag === other._tag && one._tag === "Arrays"
  return (
    one.types.length === other.types.length &&
    one.types.every((type, index) => matches(type, other.types[index]))
  )
}

const matches = (one: SchemaAST.AST, other: SchemaAST.AST | undefined): boolean =>
  other !== undefined && (one._tag === "Objects" ? sameShape(one, other) : one._tag === other._tag)

const namesOf = ({ propertySignatures }: SchemaAST.Objects): string =>
  propertySignatures.map(({ name }) => String(name)).join()

const membersOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> => {
  const side = structure(ast)
  return side._tag === "Union" ? side.types.flatMap(membersOf) : [side]
}

const propertiesOf = (ast: SchemaAST.AST, name: string): ReadonlyArray<SchemaAST.AST> =>
  membersOf(ast).flatMap((member) =>
    member._tag === "Objects"
      ? member.propertySignatures.filter((property) => property.name === name).map(({ type }) => type)
      : []
  )

/** One object, or one of several, each with the extra properties of a file. */
const objectOf = (
  asts: ReadonlyArray<SchemaAST.AST>,
  extra: Readonly<Record<string, JsonSchema>>
): JsonSchema => {
  const members = asts.flatMap(membersOf).filter((member) => member._tag === "Objects")
  const schemas = members.map((member) => object(member, extra))
  const [only, ...more] = schemas
  return only !== undefined && more.length === 0 ? only : { anyOf: schemas }
}

const object = (objects: SchemaAST.Objects, extra: Readonly<Record<string, JsonSchema>> = {}): JsonSchema => {
  const [index] = objects.indexSignatures
  const properties = objects.propertySignatures.map(
    ({ name, type }) => [String(name), property(type)] as const
  )
  return {
    type: "object",
    properties: { ...Object.fromEntries(properties), ...extra },
    additionalProperties: index === undefined ? false : open(value(index.type))
  }
}

/** A property with its description and its default. */
const property = (type: SchemaAST.AST): JsonSchema => {
  const description = descriptionOf(type)
  const fallback = defaultOf(type)
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback.value }),
    ...open(value(type))
  }
}

const descriptionOf = (type: SchemaAST.AST): string | undefined => {
  const text = type.context?.annotations?.["description"] ?? type.annotations?.["description"]
  return typeof text === "string" ? text : undefined
}

/** What an absent key decodes to, as it would be written. */
const defaultOf = (type: SchemaAST.AST): { readonly value: unknown } | undefined => {
  if (SchemaAST.toEncoded(type).context?.isOptional !== true) return undefined
  const holder = Schema.Struct({ value: Schema.make<Schema.Codec<unknown, unknown>>(type) })
  const decoded = Schema.decodeUnknownResult(holder)({})
  const encoded = Result.isSuccess(decoded) ? Schema.encodeUnknownResult(holder)(decoded.success) : decoded
  return Result.isSuccess(encoded) && "value" in encoded.success
    ? { value: encoded.success.value }
    : undefined
}

/** Any value may be an interpolation. */
const open = (schema: JsonSchema): JsonSchema =>
  schema["type"] === "string" && schema["enum"] === undefined
    ? schema
    : { anyOf: [schema, { $ref: "#/$defs/open" }] }

const value = (ast: SchemaAST.AST): JsonSchema => {
  const side = structure(ast)
  if (side._tag === "Objects") return object(side)
  if (side._tag === "Arrays") return array(side)
  if (side._tag === "Union" && side.types.some(isCollection)) return { anyOf: side.types.map(value) }
  return leaf(ast)
}

/** A list, which is always whole: lists are replaced, not merged. */
const array = ({ elements, rest }: SchemaAST.Arrays): JsonSchema => {
  const [further] = rest
  const required = elements.filter((element) => element.context?.isOptional !== true).length
  return {
    type: "array",
    ...(elements.length === 0 ? {} : { prefixItems: elements.map((element) => open(value(element))) }),
    ...(required === 0 ? {} : { minItems: required }),
    ...(further === undefined ? { maxItems: elements.length } : { items: open(value(further)) })
  }
}

const isCollection = (ast: SchemaAST.AST): boolean => {
  const side = structure(ast)
  if (side._tag === "Union") return side.types.some(isCollection)
  return side._tag === "Objects" || side._tag === "Arrays"
}

/** Effect's own JSON Schema of a scalar or a tuple. */
const leaf = (ast: SchemaAST.AST): JsonSchema => {
  const { schema, definitions } = Schema.toJsonSchemaDocument(
    Schema.make<Schema.Codec<unknown, unknown>>(ast)
  )
  return Object.keys(definitions).length === 0 ? schema : { ...schema, $defs: definitions }
}
