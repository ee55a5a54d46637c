/**
 * Configurations as Hydra composes them, with every value's history.
 *
 * Importing this loads no YAML parser and no tensors.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as Schema from "effect/Schema"
import {
  type Composed,
  compose,
  resolveOptions,
  resolve as resolveTree,
  valueAt
} from "./compose/Composed.ts"
import * as Decode from "./decode/Decode.ts"
import * as Explain from "./inspect/Explain.ts"
import type { InterpolationsInvalid } from "./interpolation/InterpolationError.ts"
import * as Resolve from "./interpolation/Resolve.ts"
import type { Resolver } from "./interpolation/Scope.ts"
import type { Node } from "./node/Node.ts"
import * as Plain from "./node/Plain.ts"
import type { ConfigError } from "./problem/ConfigError.ts"
import type { ConfigInvalid } from "./problem/ConfigInvalid.ts"
import { type Warning, WarningsRefused } from "./problem/Warning.ts"
import * as YamlWriter from "./yaml/Writer.ts"

export type { ComposeOptions, Runtime } from "./compose/Compose.ts"
export { type Composed, compose } from "./compose/Composed.ts"
export { type Explanation, render as renderExplanation } from "./inspect/Explain.ts"
export { InterpolationsInvalid } from "./interpolation/InterpolationError.ts"
export type { ConfigError } from "./problem/ConfigError.ts"
export { ConfigInvalid } from "./problem/ConfigInvalid.ts"
export { type Warning, WarningsRefused } from "./problem/Warning.ts"

/**
 * A resolver for `${name:…}`, for the option `resolvers` of `compose`. It is called with the arguments as plain values;
 * if it fails, its message is reported with the key and the place of the interpolation.
 */
export const resolver =
  (
    run: (...args: ReadonlyArray<Plain.Value>) => Effect.Effect<Plain.Input, { readonly message: string }>
  ): Resolver =>
  (args) =>
    Effect.mapBoth(run(...args.map(Plain.fromNode)), {
      onSuccess: (value) => Plain.toNode(value, { _tag: "Computed", by: "a resolver" }),
      onFailure: ({ message }) => message
    })

/** The configuration as plain values, interpolations left as text. */
export const toPlain = (composed: Composed): Plain.Value => Plain.fromNode(composed.config)

/** Decodes the resolved configuration; every problem is reported at once, each with its place. */
export const decode = <S extends Schema.Constraint>(
  schema: S,
  composed: Composed
): Effect.Effect<S["Type"], ConfigInvalid, S["DecodingServices"]> =>
  Effect.map(decodeWithWarnings(schema, composed), ({ value }) => value)

/** As `decode`, with the warnings of composition and of decoding. */
export const decodeWithWarnings: <S extends Schema.Constraint>(
  schema: S,
  composed: Composed
) => Effect.Effect<Decode.Decoded<S["Type"]>, ConfigInvalid, S["DecodingServices"]> = Decode.decode

export interface LoadOptions {
  /** Name of the primary config. */
  readonly name: string
  /** `key=value` and the like, as `process.argv.slice(2)` has them. */
  readonly overrides: ReadonlyArray<string>
  /** Folders with configs, relative to the working directory; the first that has a config wins. */
  readonly searchPath: ReadonlyArray<string>
}

/** Composes and decodes a program's configuration with the environment of the process; warnings are logged. */
export const load = Effect.fn("Config.load")(function* <S extends Schema.Constraint>(
  schema: S,
  { name, overrides, searchPath }: LoadOptions
): Effect.fn.Return<
  S["Type"],
  ConfigError | ConfigInvalid,
  FileSystem.FileSystem | Path.Path | S["DecodingServices"]
> {
  const path = yield* Path.Path
  const now = DateTime.toDateUtc(yield* DateTime.now)
  const runtime = { cwd: path.resolve("."), now, env: process.env, jobName: name }
  const composed = yield* compose({ searchPath, configName: name, overrides, runtime })
  const { value, warnings } = yield* decodeWithWarnings(schema, composed)
  yield* Effect.forEach(warnings, ({ message }) => Effect.logWarning(message), { discard: true })
  return value
})

/** Fails if there are warnings, as `--strict` does. */
export const refuseWarnings = (warnings: ReadonlyArray<Warning>): Effect.Effect<void, WarningsRefused> =>
  warnings.length === 0
    ? Effect.void
    : Effect.fail(new WarningsRefused({ messages: warnings.map((warning) => warning.message) }))

/** How a key got its value; `renderExplanation` writes it as text. */
export const explain = (composed: Composed, key: string): Explain.Explanation =>
  Explain.explain(composed.composition, key, Resolve.scopeOf(resolveOptions(composed, composed.root)))

/** The resolved configuration as a tree that keeps every value's place. */
export const resolveNode = (composed: Composed): Effect.Effect<Node, InterpolationsInvalid> =>
  resolveTree(composed, composed.config)

/** The resolved configuration as plain values; every interpolation that fails is reported. */
export const resolve = (composed: Composed): Effect.Effect<Plain.Value, InterpolationsInvalid> =>
  Effect.map(resolveNode(composed), Plain.fromNode)

/** The resolved value at one key, those of `hydra` included (`hydra.run.dir`); undefined if there is none. */
export const resolveKey = (
  composed: Composed,
  key: string
): Effect.Effect<Plain.Value | undefined, InterpolationsInvalid> =>
  Effect.map(valueAt(composed, key), (node) => (node === undefined ? undefined : Plain.fromNode(node)))

/** YAML as `OmegaConf.to_yaml` writes it, of a tree or of plain values (whole numbers are integers). */
export const toYaml = (value: Node | Plain.Input): string =>
  YamlWriter.write(isNode(value) ? value : Plain.toNode(value, { _tag: "Computed", by: "a plain value" }))

const isNode = (value: Node | Plain.Input): value is Node =>
  typeof value === "object" && value !== null && "_tag" in value && "origin" in value && "prior" in value
