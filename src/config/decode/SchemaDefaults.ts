/** The values that a Schema gives to what a configuration leaves out: a config that says all of its keys. */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import type * as Plain from "../node/Plain.ts"
import * as SchemaKeys from "./SchemaKeys.ts"

type Field = Schema.Codec<unknown, unknown>

export interface Fields {
  readonly [key: string]: Field
}

interface WithFields {
  readonly fields: Fields
}

const hasFields = (schema: object): schema is WithFields => "fields" in schema

const isInput = (value: unknown): value is Plain.Input => value !== undefined

/** The value of a key that is left out, as a configuration writes it; empty if it has none, a failure if it must have. */
const defaultOf = (key: string, field: Field): Result.Result<ReadonlyArray<Plain.Input>, unknown> => {
  const alone: Schema.Codec<object, unknown> = Schema.Struct({ [key]: field })
  const encoded = Result.flatMap(Schema.decodeUnknownResult(alone)({}), Schema.encodeUnknownResult(alone))
  return Result.map(encoded, (found) => {
    const value: unknown = Object(found)[key]
    return isInput(value) ? [value] : []
  })
}

/** By key; a key that has to be given is `???`, as Hydra marks it, and an optional one without a default is left out. */
export const of = (fields: Fields): { readonly [key: string]: Plain.Input } =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([key, field]) => {
      const value = defaultOf(key, field)
      if (Result.isSuccess(value)) return value.success.map((one) => [key, one] as const)
      return [[key, hasFields(field) ? of(field.fields) : "???"] as const]
    })
  )

/** What stays whatever a config chooses: of a mapping that has several forms, the chosen one brings the keys. */
const fixed = (ast: SchemaAST.AST, value: Plain.Input): Plain.Input | undefined => {
  if (!Predicate.isObject(value) || Array.isArray(value)) return value
  const types = SchemaKeys.propertiesOf(ast)
  if (types === undefined) return undefined
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const type = types.get(key)
      const kept = type === undefined ? undefined : fixed(type, inner)
      return kept === undefined ? [] : [[key, kept]]
    })
  )
}

/** As `of`, without the keys of what has several forms: a config that other configs are put over. */
export const beneath = (fields: Fields): { readonly [key: string]: Plain.Input } =>
  Object.fromEntries(
    Object.entries(of(fields)).flatMap(([key, value]) => {
      const kept = fixed(fields[key]?.ast ?? Schema.Never.ast, value)
      return kept === undefined ? [] : [[key, kept]]
    })
  )
