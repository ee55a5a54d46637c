/** Where a native engine is installed, and what it was made of. */
import { homedir } from "node:os"
import { join } from "node:path"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as EngineFolder from "../internal/EngineFolder.ts"

/** `native` computes on the processor, `gpu` on one CUDA card; both are tfjs-node's addon on TensorFlow's library. */
export type Variant = "native" | "gpu"

/** The packages of tfjs-node, whose JavaScript drives the addon. */
export const tfjsPackage = {
  native: "@tensorflow/tfjs-node",
  gpu: "@tensorflow/tfjs-node-gpu"
} as const satisfies Record<Variant, string>

/** `$ANNEAL_HOME`, or `anneal` in the user's cache folder. */
export const home = (env: Readonly<Record<string, string | undefined>> = process.env): string =>
  env["ANNEAL_HOME"] ?? join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "anneal")

export const folder = (variant: Variant): string => join(home(), "engines", variant)

export const Manifest = Schema.Struct({
  /** The version of the folder's layout; an older one counts as not installed. */
  layout: Schema.Literal(1),
  variant: Schema.Literals(["native", "gpu"]),
  tfjs: Schema.String,
  tensorflow: Schema.String,
  /** Where the libraries came from: a wheel's file name, or `vendor`. */
  source: Schema.String,
  installed: Schema.String
})
export type Manifest = typeof Manifest.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Manifest))

/** The installed engine; none if there is none, or if the installation did not finish. */
export const installed = (variant: Variant): Option.Option<Manifest> =>
  Option.flatMap(EngineFolder.manifestIn(folder(variant)), decode)

/** The folder of tfjs-node inside the installation. */
export const packageFolder = (variant: Variant, root = folder(variant)): string =>
  join(root, "node_modules", tfjsPackage[variant])

/** A library that was built with the installation. */
export const library = (variant: Variant, name: string): string =>
  join(packageFolder(variant), "lib", "napi-v8", name)
