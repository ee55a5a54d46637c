/** The resolvers that come with OmegaConf and Hydra: `oc.*`, `now:` and `hydra:`. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Located from "../node/Located.ts"
import { isMissing, isNull, keyOf, list, map, type Node, scalar } from "../node/Node.ts"
import * as Python from "../node/Python.ts"
import { Source } from "../node/Source.ts"
import * as Yaml from "../yaml/Yaml.ts"
import { evaluateElement, select, startOf, suspend } from "./Interpolation.ts"
import type { Builtin, CallSite, Fault, Pending } from "./Scope.ts"
import * as Strftime from "./Strftime.ts"
import * as Syntax from "./Syntax.ts"

type Reply = Result.Result<Located.Located, Fault | Pending | string>

const value = (site: CallSite, node: Node): Reply => Result.succeed(Located.made(site.at, node, true))
const scalarValue = (site: CallSite, content: Parameters<typeof scalar>[0]): Reply =>
  value(site, scalar(content, site.at.node.origin))

const textOf = (arg: Located.Located | undefined): string | undefined =>
  arg?.node._tag === "Scalar" && typeof arg.node.value === "string" ? arg.node.value : undefined

const takes =
  (least: number, most: number, resolver: Builtin): Builtin =>
  (args, site) => {
    if (args.length >= least && args.length <= most) return resolver(args, site)
    const wanted = least === most ? `${least}` : `${least} to ${most}`
    return Result.fail(`it takes ${wanted} argument${most === 1 ? "" : "s"}, not ${args.length}`)
  }

const show = (arg: Located.Located | undefined): string =>
  arg === undefined ? "nothing" : `${Python.nodeText(arg.node)} (${Python.typeName(arg.node)})`

/** `${oc.env:NAME}`, `${oc.env:NAME,default}`: always text, except for the default null. */
const env = takes(1, 2, ([name, fallback], site) => {
  const variable = textOf(name)
  if (variable === undefined) return Result.fail(`the name of a variable must be a string, not ${show(name)}`)
  const found = site.scope.env[variable]
  if (found !== undefined) return scalarValue(site, found)
  if (fallback === undefined)
    return Result.fail(`the environment variable "${variable}" is not set, and there is no default`)
  return isNull(fallback.node) ? scalarValue(site, null) : scalarValue(site, Python.nodeText(fallback.node))
})

type Lookup = { readonly found: Located.Located | undefined }

/** A node by key, from the root or relative to the call; a key through a scalar finds nothing. */
const lookup = (
  key: string,
  site: CallSite,
  strict: boolean
): Result.Result<Lookup, Fault | Pending | string> => {
  const start = startOf(key, site.at, site.scope)
  if (start === undefined) return Result.fail(`"${key}" goes above the root of the configuration`)
  return lookupFrom(start.from, start.key, site, strict)
}

const lookupFrom = (
  from: Located.Located,
  key: string,
  site: CallSite,
  strict: boolean
): Result.Result<Lookup, Fault | Pending> => {
  const found = select(from, key, site.at, site.scope, strict)
  if (Result.isSuccess(found)) return Result.succeed({ found: found.success })
  const failure = found.failure
  const noContainer = failure._tag === "Fault" && failure.throughScalar === true && failure.at === site.at
  return noContainer ? Result.succeed({ found: undefined }) : Result.fail(failure)
}

/** `${oc.select:key,default}`: the default, or null, if the key is absent or missing. */
const selectResolver = takes(1, 2, ([key, fallback], site) => {
  const path = textOf(key)
  if (path === undefined) return Result.fail(`a key must be a string, not ${show(key)}`)
  const result = lookup(path, site, false)
  if (Result.isFailure(result)) return Result.fail(result.failure)
  const { found } = result.success
  if (found !== undefined && !isMissing(found.node)) return Result.succeed(found)
  return fallback === undefined ? scalarValue(site, null) : Result.succeed(fallback)
})

/** `${oc.decode:text}`: the text parsed as an argument of a resolver would be. */
const decode = takes(1, 1, ([text], site) => {
  if (text !== undefined && isNull(text.node)) return scalarValue(site, null)
  const source = textOf(text)
  if (source === undefined) return Result.fail(`it takes a string or null, not ${show(text)}`)
  const parsed = Syntax.parseElement(source)
  if (Result.isFailure(parsed))
    return Result.fail(
      `"${source}" cannot be decoded: ${parsed.failure.problem} (character ${parsed.failure.offset + 1})`
    )
  return evaluateElement(parsed.success, site.at, site.scope)
})

const deprecation = "'$OLD_KEY' is deprecated. Change your code and config to use '$NEW_KEY'"

/** `${oc.deprecated:key}`: the value of another key, with a warning. */
const deprecated = takes(1, 2, ([key, message], site) => {
  const path = textOf(key)
  const template = message === undefined ? deprecation : textOf(message)
  if (path === undefined) return Result.fail(`a key must be a string, not ${show(key)}`)
  if (template === undefined) return Result.fail(`a message must be a string, not ${show(message)}`)
  const result = lookup(path, site, false)
  if (Result.isFailure(result)) return Result.fail(result.failure)
  const { found } = result.success
  if (found === undefined) return Result.fail(`there is no key "${path}"`)
  site.scope.warn(
    site.at,
    template.replaceAll(/\$\{?(OLD_KEY|NEW_KEY)\}?/g, (_, name) =>
      name === "OLD_KEY" ? site.at.key : found.key
    )
  )
  return Result.succeed(found)
})

/** `${oc.create:{a:1}}`: a new mapping or list, whose interpolations resolve at its place. */
const create = takes(1, 1, ([content], site) => {
  if (content === undefined || isNull(content.node)) return scalarValue(site, null)
  if (content.node._tag !== "Scalar") return Result.succeed(Located.made(site.at, content.node, false))
  const text = textOf(content)
  if (text === undefined) return Result.fail(`a configuration cannot be created from ${show(content)}`)
  const parsed = suspend(
    `oc.create ${text}`,
    () => yaml(text, site.at.node),
    site.at,
    site.scope,
    "oc.create"
  )
  return Result.map(parsed, (made) => Located.made(site.at, made.node, false))
})

const yaml = (text: string, at: Node): Effect.Effect<Node, string> =>
  Yaml.parse(new Source("oc.create", text)).pipe(
    Effect.mapError((problems) => problems.map((problem) => problem.message).join("\n")),
    Effect.flatMap((node) => {
      if (node === undefined) return Effect.succeed(map(new Map(), at.origin))
      if (node._tag !== "Scalar") return Effect.succeed(node)
      if (typeof node.value !== "string")
        return Effect.fail(`a configuration cannot be created from ${Python.repr(node.value)}`)
      return Effect.succeed(map(new Map([[node.value, scalar(null, at.origin)]]), at.origin))
    })
  )

const mapping = (
  key: Located.Located | undefined,
  site: CallSite
): Result.Result<Located.Located, Fault | Pending | string> => {
  const path = textOf(key)
  if (path === undefined) return Result.fail(`a key must be a string, not ${show(key)}`)
  const result = lookup(path, site, true)
  if (Result.isFailure(result)) return Result.fail(inWords(result.failure, site))
  const { found } = result.success
  if (found === undefined) return Result.fail(`there is no key "${path}"`)
  return found.node._tag === "Map" && !found.literal
    ? Result.succeed(found)
    : Result.fail(`"${path}" is ${show(found)}, not a mapping`)
}

/** If the value that the call itself looks up is missing, the call fails. */
const inWords = (failure: Fault | Pending | string, site: CallSite): Fault | Pending | string => {
  if (typeof failure === "string" || failure._tag === "Pending") return failure
  return failure.kind === "missing" && failure.at === site.at ? failure.problem : failure
}

/** `${oc.dict.keys:key}`: the keys of a mapping, as a list. */
const dictKeys = takes(1, 1, ([key], site) =>
  Result.flatMap(mapping(key, site), (found) => {
    const origin = site.at.node.origin
    const node = found.node
    const keys =
      node._tag === "Map" ? [...node.entries.keys()].map((id) => scalar(keyOf(node, id), origin)) : []
    return Result.succeed(Located.made(site.at, list(keys, origin), false))
  })
)

/** `${oc.dict.values:key}`: the values of a mapping, as a list of references to them. */
const dictValues = takes(1, 1, ([key], site) =>
  Result.flatMap(mapping(key, site), (found) => {
    const origin = site.at.node.origin
    const path = textOf(key) ?? ""
    const prefix = path.startsWith(".") ? `.${path}` : path
    const node = found.node
    const ids =
      node._tag === "Map" ? [...node.entries.keys()].map((id) => Python.keyText(keyOf(node, id))) : []
    const references = ids.map((id) => scalar(`\${${prefix}.${id}}`, origin))
    return Result.succeed(Located.made(site.at, list(references, origin), false))
  })
)

/** `${now:%Y-%m-%d}`: when the run began, the same everywhere. */
const now = takes(1, 1, ([pattern], site) => {
  const text = textOf(pattern)
  return text === undefined
    ? Result.fail(`a pattern must be a string, not ${show(pattern)}`)
    : scalarValue(site, Strftime.format(site.scope.now, text))
})

/** `${hydra:runtime.cwd}`: a value of the hydra node, null if there is none. */
const hydra = takes(1, 1, ([key], site) => {
  const path = textOf(key)
  const from = site.scope.hydra
  if (path === undefined) return Result.fail(`a key must be a string, not ${show(key)}`)
  if (site.scope.composing) return scalarValue(site, path)
  if (from === undefined) return Result.fail("there is no hydra configuration here")
  const result = lookupFrom(from, path, site, false)
  if (Result.isFailure(result)) return Result.fail(result.failure)
  const { found } = result.success
  return found === undefined || isMissing(found.node) ? scalarValue(site, null) : Result.succeed(found)
})

export const builtins: ReadonlyMap<string, Builtin> = new Map([
  ["oc.env", env],
  ["oc.select", selectResolver],
  ["oc.decode", decode],
  ["oc.deprecated", deprecated],
  ["oc.create", create],
  ["oc.dict.keys", dictKeys],
  ["oc.dict.values", dictValues],
  ["now", now],
  ["hydra", hydra]
])
