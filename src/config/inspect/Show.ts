/** A composed configuration as text: `--cfg job|hydra|all`, `--package`, `--resolve`. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Composed from "../compose/Composed.ts"
import { InterpolationsInvalid } from "../interpolation/InterpolationError.ts"
import * as Resolve from "../interpolation/Resolve.ts"
import * as KeyPath from "../node/KeyPath.ts"
import { nearest } from "../node/Nearest.ts"
import { isInterpolation, isNull, type MapNode, map, mapChildren, type Node, scalar } from "../node/Node.ts"
import * as Python from "../node/Python.ts"
import * as YamlWriter from "../yaml/Writer.ts"

/** The task's configuration, that of the run, or both. */
export const Part = Schema.Literals(["job", "hydra", "all"])
export type Part = typeof Part.Type

export interface ShowOptions {
  /** Default `job`. */
  readonly part?: Part
  /** A dotted key: only what is below it; `_global_` is everything. */
  readonly package?: string | undefined
  /** Whether interpolations are replaced by their values. Default false. */
  readonly resolve?: boolean
}

/** `--package` names a key that the configuration does not have. */
export class PackageMissing extends Schema.TaggedError<PackageMissing>()("PackageMissing", {
  package: Schema.String,
  nearest: Schema.UndefinedOr(Schema.String)
}) {
  override get message() {
    const near = this.nearest === undefined ? "" : ` Did you mean "${this.nearest}"?`
    return `there is nothing at "${this.package}" in this configuration.${near}`
  }
}

/** The text, with a line break at its end. */
export const config = Effect.fn("Show.config")(function* (
  composed: Composed.Composed,
  options: ShowOptions = {}
) {
  const root = rootOf(composed, options.part ?? "job")
  const key = options.package === "_global_" ? undefined : options.package
  if (key === undefined) return YamlWriter.write(options.resolve ? yield* resolved(composed, root) : root)
  const node = yield* nodeAt(composed, root, key, options.resolve ?? false)
  if (node._tag === "Scalar") return `${Python.nodeText(node)}\n`
  return `# @package ${key}\n${YamlWriter.write(node)}`
})

const rootOf = ({ config, hydra, root }: Composed.Composed, part: Part): MapNode => {
  if (part === "all") return root
  return part === "job" ? config : map(new Map([["hydra", hydra]]), root.origin)
}

/** The node behind a key; interpolations on the way are followed, and below it only with `resolve`. */
const nodeAt = Effect.fnUntraced(function* (
  composed: Composed.Composed,
  root: MapNode,
  key: string,
  resolve: boolean
) {
  const found = resolve ? undefined : KeyPath.find(root, key)
  const node =
    found === undefined || isInterpolation(found) ? yield* Composed.valueAt(composed, key, root) : found
  if (node === undefined || isNull(node)) {
    return yield* new PackageMissing({ package: key, nearest: nearest(key, keysOf(root)) })
  }
  return node
})

const keysOf = (root: MapNode): ReadonlyArray<string> =>
  [...root.entries].flatMap(([id, child]) => [
    String(id),
    ...(child._tag === "Map"
      ? [...child.entries.keys()].map((inner) => `${String(id)}.${String(inner)}`)
      : [])
  ])

/** The tree resolved as Hydra shows it: what leads to a value that is still missing is missing too. */
const resolved = (composed: Composed.Composed, root: MapNode): Effect.Effect<Node, InterpolationsInvalid> =>
  Effect.flatMap(Resolve.attempt(Composed.resolveOptions(composed, root)), ({ node, missing, errors }) => {
    const invalid = errors.filter(({ _tag }) => _tag !== "InterpolationToMissing")
    if (invalid.length > 0) return new InterpolationsInvalid({ errors: invalid })
    return Effect.succeed(withoutMissing(node, missing))
  })

/** The tree with `???` in place of these nodes. */
const withoutMissing = (node: Node, missing: ReadonlySet<Node>): Node =>
  missing.has(node)
    ? scalar("???", node.origin)
    : mapChildren(node, (child) => withoutMissing(child, missing))
