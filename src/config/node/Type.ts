/** What a field of a typed configuration accepts, as OmegaConf's structured configs declare it. */

export type ScalarKind = "int" | "float" | "bool" | "str" | "bytes" | "path"

/** An `optional` field takes null too. */
export type Type =
  | { readonly _tag: "Any" }
  | { readonly _tag: "Scalar"; readonly kind: ScalarKind; readonly optional: boolean }
  | {
      readonly _tag: "Enum"
      readonly name: string
      /** Member names with their values, in order. */
      readonly members: ReadonlyArray<readonly [name: string, value: bigint | string]>
      readonly optional: boolean
    }
  | { readonly _tag: "List"; readonly element: Type; readonly optional: boolean }
  | { readonly _tag: "Dict"; readonly key: Type; readonly element: Type; readonly optional: boolean }
  | Struct
  | { readonly _tag: "Union"; readonly kinds: ReadonlyArray<ScalarKind>; readonly optional: boolean }

/** A closed set of fields: an unknown key is refused even if struct mode is off. */
export interface Struct {
  readonly _tag: "Struct"
  readonly name: string
  readonly fields: Readonly<Record<string, Type>>
  readonly optional: boolean
}

export const any: Type = { _tag: "Any" }

export const int: Type = { _tag: "Scalar", kind: "int", optional: false }
export const float: Type = { _tag: "Scalar", kind: "float", optional: false }
export const bool: Type = { _tag: "Scalar", kind: "bool", optional: false }
export const str: Type = { _tag: "Scalar", kind: "str", optional: false }
export const bytes: Type = { _tag: "Scalar", kind: "bytes", optional: false }
export const path: Type = { _tag: "Scalar", kind: "path", optional: false }

export const list = (element: Type): Type => ({ _tag: "List", element, optional: false })
export const dict = (key: Type, element: Type): Type => ({ _tag: "Dict", key, element, optional: false })
export const union = (...kinds: ReadonlyArray<ScalarKind>): Type => ({
  _tag: "Union",
  kinds,
  optional: false
})
export const struct = (name: string, fields: Readonly<Record<string, Type>>): Struct => ({
  _tag: "Struct",
  name,
  fields,
  optional: false
})
export const enumeration = (
  name: string,
  members: ReadonlyArray<readonly [name: string, value: bigint | string]>
): Type => ({ _tag: "Enum", name, members, optional: false })

export const optional = (type: Type): Type => (type._tag === "Any" ? type : { ...type, optional: true })

/** Whether null is a value of the type. */
export const admitsNull = (type: Type): boolean => type._tag === "Any" || type.optional

/** The type as Python's annotations write it, for messages. */
export const show = (type: Type): string => {
  const bare = showBare(type)
  return type._tag !== "Any" && type.optional ? `Optional[${bare}]` : bare
}

const showBare = (type: Type): string => {
  switch (type._tag) {
    case "Any":
      return "Any"
    case "Scalar":
      return type.kind
    case "Enum":
    case "Struct":
      return type.name
    case "List":
      return `List[${show(type.element)}]`
    case "Dict":
      return `Dict[${show(type.key)}, ${show(type.element)}]`
    case "Union":
      return `Union[${type.kinds.join(", ")}]`
  }
}
