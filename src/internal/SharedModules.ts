/**
 * Gives a module of the user's own the Effect and the Anneal that run already, in place of a second copy.
 *
 * Two copies would both have to be loaded, and what one makes the other only knows by its name. From the bundle that
 * is there for such modules, what a module imports from `effect` and `anneal` leads to the bundle, as far as it holds it; from
 * the sources of a checkout, `anneal` leads to the sources. An Effect of another version stays what it is, and is
 * refused where a module imports Anneal as well.
 */
import { existsSync } from "node:fs"
import module from "node:module"
import { dirname, join, sep } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import packageJson from "anneal/package.json" with { type: "json" }
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { packageRoot } from "./PackageRoot.ts"
import * as Peers from "./Peers.ts"

/** Where the bundle lies that shares what it is made of, in `effect/` and `lib/`. */
const shared = join(packageRoot, "dist", "shared")

/** Where the bundle lies that shares nothing, since it starts faster so. */
const alone = join(packageRoot, "dist", "cli")

const library = join(packageRoot, "dist", "lib") + sep

const here = fileURLToPath(import.meta.url)

/** Why the bundle cannot replace the Effect in a folder, if it cannot; looked up once for each folder. */
const wrongEffect = () => {
  const known = new Map<string, string | undefined>()
  return (root: string): string | undefined => {
    if (!known.has(root)) {
      known.set(root, Peers.wrongVersion(root, packageJson.peerDependencies, packageRoot))
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
    // What the bundle itself imports stays as it is.
    if (!resolved.url.startsWith("file:") || context.parentURL?.includes("/dist/shared/") === true)
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

/** Whether what runs here can be shared with a module of the user's own. */
export const canShare: boolean = dirname(here) !== alone

/** From now on, in a thread that does nothing else. */
export const forever: Effect.Effect<void> = Effect.sync(() => {
  const resolve = hook()
  if (resolve !== undefined) module.registerHooks({ resolve })
})

/** While the scope is open. */
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
