/** What a run needs from its configuration: its folder, and the texts that `.hydra` records. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import { type Composed, valueAt } from "../compose/Composed.ts"
import { isHydraOverride } from "../compose/HydraNode.ts"
import type { InterpolationsInvalid } from "../interpolation/InterpolationError.ts"
import { type KeyId, type MapNode, map, type Node, over } from "../node/Node.ts"
import * as Plain from "../node/Plain.ts"
import type { Origin } from "../node/Source.ts"
import { any } from "../node/Type.ts"
import * as YamlWriter from "../yaml/Writer.ts"

/** A configuration whose run has a folder. */
export interface Started {
  readonly composed: Composed
  /** Absolute. */
  readonly folder: string
  /** What belongs in the folder, by path: `.hydra/config.yaml`, `hydra.yaml`, `overrides.yaml`; none without a subfolder. */
  readonly files: Readonly<Record<string, string>>
}

const origin: Origin = { _tag: "Computed", by: "the run" }

/** The run of `hydra.run.dir`. As Hydra does, it records its mode as an override. */
export const start = (composed: Composed): Effect.Effect<Started, InterpolationsInvalid, Path.Path> =>
  Effect.flatMap(textAt(composed, "hydra.run.dir"), (folder) => {
    const overrides = [
      ...composed.overrides.filter(isHydraOverride).map(({ input }) => input),
      "hydra.mode=RUN"
    ]
    return startIn(withValues(composed, { mode: "RUN", overrides: { hydra: overrides } }), folder)
  })

/** The run in a given folder, which becomes `hydra.runtime.output_dir`. */
export const startIn = (
  composed: Composed,
  folder: string
): Effect.Effect<Started, InterpolationsInvalid, Path.Path> =>
  Effect.gen(function* () {
    const path = yield* Path.Path
    const absolute = path.resolve(composed.options.runtime.cwd, folder)
    const started = withValues(composed, { runtime: { output_dir: absolute } })
    const subfolder = yield* valueAt(started, "hydra.output_subdir")
    const files =
      subfolder?._tag === "Scalar" && typeof subfolder.value === "string"
        ? records(started, path, subfolder.value)
        : {}
    return { composed: started, folder: absolute, files }
  })

const records = (
  composed: Composed,
  path: Path.Path,
  subfolder: string
): Readonly<Record<string, string>> => {
  const overrides = composed.hydra.entries.get("overrides")
  const task = overrides?._tag === "Map" ? overrides.entries.get("task") : undefined
  const texts = {
    config: composed.config,
    hydra: map(new Map([["hydra", composed.hydra]]), origin),
    overrides: task ?? Plain.toNode([], origin)
  }
  return Object.fromEntries(
    Object.entries(texts).map(([name, node]) => [
      path.join(subfolder, `${name}.yaml`),
      YamlWriter.write(node)
    ])
  )
}

/** Whether the run would have another folder if it began a second later. */
export const isTimed = (composed: Composed): Effect.Effect<boolean, InterpolationsInvalid> => {
  const { options } = composed
  const now = DateTime.toDateUtc(DateTime.add(DateTime.fromDateUnsafe(options.runtime.now), { seconds: 1 }))
  const later = { ...composed, options: { ...options, runtime: { ...options.runtime, now } } }
  const key = options.mode === "multirun" ? "hydra.sweep.dir" : "hydra.run.dir"
  return Effect.zipWith(textAt(composed, key), textAt(later, key), (folder, other) => folder !== other)
}

type Values = { readonly [key: string]: string | number | ReadonlyArray<string> | Values }

/** The configuration with values of its `hydra` node that only a run knows. */
export const withValues = (composed: Composed, values: Values): Composed => {
  const hydra = put(composed.hydra, values)
  const root: MapNode = { ...composed.root, entries: new Map(composed.root.entries).set("hydra", hydra) }
  return { ...composed, hydra, root }
}

const put = (node: MapNode, values: Values): MapNode => {
  const entries = new Map<KeyId, Node>(node.entries)
  for (const [key, value] of Object.entries(values)) {
    const known = entries.get(key)
    entries.set(key, isValues(value) ? put(asMap(known), value) : replaced(known, value))
  }
  return { ...node, entries }
}

const isValues = (value: Values[string]): value is Values =>
  typeof value === "object" && !Array.isArray(value)

const asMap = (node: Node | undefined): MapNode => (node?._tag === "Map" ? node : map(new Map(), origin))

const replaced = (known: Node | undefined, value: string | number | ReadonlyArray<string>): Node =>
  over({ ...Plain.toNode(value, origin), type: known?.type ?? any }, known)

/** A resolved value as text; the name of a folder can be a number. */
export const textAt = (composed: Composed, key: string): Effect.Effect<string, InterpolationsInvalid> =>
  Effect.map(valueAt(composed, key), (node) => (node?._tag === "Scalar" ? String(node.value) : ""))
