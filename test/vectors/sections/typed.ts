/** `typed`: a value assigned to a field of a structured config. */
import { Effect, Result, Schema } from "effect"
import * as Judge from "../Judge.ts"
import * as NodeJson from "../NodeJson.ts"
import { Convert, Node, Resolve, Type } from "../subject.ts"
import { commonFields, fail, type Section } from "../Vector.ts"
import { now, tagged } from "./interp.ts"

const Case = Schema.Struct({ ...commonFields, type: Schema.String, value: Schema.Unknown })

const origin = { _tag: "Computed", by: "a vector" } as const

const scalars: ReadonlyMap<string, Type.Type> = new Map([
  ["int", Type.int],
  ["float", Type.float],
  ["bool", Type.bool],
  ["str", Type.str],
  ["bytes", Type.bytes],
  ["path", Type.path],
  ["any", Type.any]
])

const scalarKinds = ["int", "float", "bool", "str", "bytes", "path"] as const

/** `int`, `optional int`, `list[int]`, `dict[str,int]`, `union[int,str]`, `enum(RED=1,GREEN=2)`, nested at will. */
const typeOf = (name: string): Type.Type | undefined => {
  const scalar = scalars.get(name)
  if (scalar !== undefined) return scalar
  const [, head, inner = ""] = /^(optional|list|dict|union|enum)[ [(](.*?)[\])]?$/.exec(name) ?? []
  switch (head) {
    case "optional":
      return mapType(typeOf(name.slice("optional ".length)), Type.optional)
    case "list":
      return mapType(typeOf(inner), Type.list)
    case "dict":
      return dictOf(inner)
    case "union":
      return Type.union(...scalarKinds.filter((kind) => inner.split(",").includes(kind)))
    case "enum":
      return Type.enumeration("Color", inner.split(",").map(member))
    default:
      return undefined
  }
}

const mapType = (type: Type.Type | undefined, wrap: (type: Type.Type) => Type.Type) =>
  type === undefined ? undefined : wrap(type)

const dictOf = (inner: string): Type.Type | undefined => {
  const comma = inner.indexOf(",")
  const key = typeOf(inner.slice(0, comma))
  const element = typeOf(inner.slice(comma + 1))
  return key === undefined || element === undefined ? undefined : Type.dict(key, element)
}

const member = (text: string): readonly [string, bigint] => {
  const [name = "", value = "0"] = text.split("=")
  return [name, BigInt(value)]
}

const refused = (subject: string, problem: string) =>
  Result.fail({ _tag: subject === "key" ? "KeyRefusedByType" : "ValueRefused", message: problem })

export const section: Section = {
  name: "typed",
  run: Effect.fn("vectors.typed")(function* (vector, context) {
    const decoded = yield* Schema.decodeUnknownEffect(Case)(vector)
    const expected = decoded.expect13 ?? decoded.expect ?? {}
    const options = { anyKind: decoded.non_hydra_error === true }
    const type = typeOf(decoded.type)
    if (type === undefined) return fail("a type", `no type is named ${decoded.type}`)
    const refusals: Array<{ readonly subject: string; readonly problem: string }> = []
    const node = Convert.convert(NodeJson.decode(decoded.value), type, "f", (refusal) =>
      refusals.push(refusal)
    )
    const [refusal] = refusals
    if (refusal !== undefined)
      return Judge.outcome(expected, refused(refusal.subject, refusal.problem), options)
    if (Node.isMissing(node)) {
      return Judge.outcome(
        expected,
        Result.fail({ _tag: "ValueMissing", message: "the value is ???" }),
        options
      )
    }
    // The field's neighbour that the interpolations of the cases refer to.
    const root = Node.map(
      new Map([
        ["f", node],
        ["x", Node.scalar(7n, origin)]
      ]),
      origin
    )
    const result = yield* Effect.result(Resolve.key({ root, env: Object.fromEntries(context.env), now }, "f"))
    return Judge.outcome(expected, tagged(result), options)
  })
}
