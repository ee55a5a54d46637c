/**
 * Gives a user's module the Effect and the Anneal that already run, in place of a second copy.
 *
 * Two copies would take twice the time to load, and neither recognizes the values of the other. In the bundle of `anneal
 * pipeline`, imports of `effect` and `anneal` are resolved to the bundle if it holds them; in the sources of a checkout,
 * `anneal` is resolved to the sources. Another version of Effect is left alone, but refused if the module also imports
 * Anneal.
 */
import { existsSync } from "node:fs"
import module from "node:module"
import { dirname, join, sep } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import packageJson from "../../../../package.json" with { type: "json" }
import * as Peers from "../../../internal/Peers.ts"
import * as Host from "../../Host.ts"

/** The bundle of `anneal pipeline`, which shares its `effect/` and `lib/`. */
const shared = join(Host.packageRoot, "dist", "pipeline")

const library = join(Host.packageRoot, "dist", "lib") + sep

const here = fileURLToPath(import.meta.url)

/** Why the bundle cannot replace the Effect in a folder, if it cannot; looked up once for each folder. */
const wrongEffect = () => {
  const known = new Map<string, string | undefined>()
  return (root: string): string | undefined => {
    if (!known.has(root)) {
      known.set(root, Peers.wrongVersion(root, packageJson.peerDependencies, Host.packageRoot))
    }
    return known.get(root)
  }
}

type Wrong = (root: string) => string | undefined

/** The module of the bundle that replaces a file, if there is one. */
const replacing =
  (wrong: Wrong) =>
  (file: string): string | undefined => {
    if (file.startsWith(library)) return join(shared, "lib", `${file.slice(library.length, -3)}.mjs`)
    const [, root, name] = /^(.*[\\/]node_modules[\\/]effect)[\\/]dist[\\/](.*)\.js$/.exec(file) ?? []
    if (root === undefined || name === undefined || wrong(root) !== undefined) return undefined
    return join(shared, "effect", `${name}.mjs`)
  }

/** Refuses a module that imports Anneal if its Effect cannot be replaced by that of the bundle. */
const refuseOther = (wrong: Wrong, file: string, importer = "") => {
  if (!file.startsWith(library) || !importer.startsWith("file:")) return
  const effect = Peers.find("effect", dirname(fileURLToPath(importer)))
  const sentence = effect === undefined ? undefined : wrong(effect)
  if (sentence !== undefined) throw Peers.refusal(sentence)
}

const fromBundle = (): module.ResolveHookSync => {
  const wrong = wrongEffect()
  const replacement = replacing(wrong)
  return (specifier, context, next) => {
    const resolved = next(specifier, context)
    // Imports of the bundle itself stay as they are.
    if (!resolved.url.startsWith("file:") || context.parentURL?.includes("/dist/pipeline/") === true)
      return resolved
    const file = fileURLToPath(resolved.url)
    refuseOther(wrong, file, context.parentURL)
    const other = replacement(file)
    return other === undefined || !existsSync(other)
      ? resolved
      : { ...resolved, url: pathToFileURL(other).href }
  }
}

const fromSources: module.ResolveHookSync = (specifier, context, next) =>
  next(specifier, { ...context, conditions: ["@anneal/source", ...context.conditions] })

const hook = (): module.ResolveHookSync | undefined => {
  if (dirname(here) === shared) return fromBundle()
  return here.endsWith(".ts") ? fromSources : undefined
}

/** Resolves imports in this way while the scope is open. */
export const open: Effect.Effect<void, never, Scope.Scope> = Effect.suspend(() => {
  const resolve = hook()
  if (resolve === undefined) return Effect.void
  return Effect.asVoid(
    Effect.acquireRelease(
      Effect.sync(() => module.registerHooks({ resolve })),
      (hooks) => Effect.sync(() => hooks.deregister())
    )
  )
})
