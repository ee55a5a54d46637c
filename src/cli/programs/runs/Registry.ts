/** The registry of runs that a command line means. */
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Config from "../../../config/Config.ts"
import * as RegistryLayer from "../../../layers/registry/Registry.ts"
import { RegistryError } from "../../../layers/registry/RunEntry.ts"
import * as Composition from "../config/Composition.ts"

/** Where runs are if no configuration says otherwise. */
const usual = "outputs/experiments"

/** The folder of all runs: the one that was named, otherwise `paths.output_dir` of `anneal train`. */
const folderOf = Effect.fnUntraced(function* (dir: Option.Option<string>) {
  if (Option.isSome(dir)) return resolve(dir.value)
  const composition = yield* Composition.ofFolder()
  if (composition === undefined) return resolve(usual)
  const found = yield* Config.resolveKey(composition, "paths.output_dir").pipe(Composition.refused)
  return resolve(typeof found === "string" ? found : usual)
})

const missing = (path: string) =>
  new RegistryError({
    path,
    problem: "the folder does not exist, so there are no runs",
    cure: "Train first (anneal train), or name the folder of your runs: --dir <folder>"
  })

export type Registry = RegistryLayer.Registry["Service"]

/** Runs `use` on the registry. If the folder does not exist yet, the result is `empty`, or a failure without one. */
export const using = Effect.fnUntraced(function* <A, E, R>(
  dir: Option.Option<string>,
  use: (registry: Registry) => Effect.Effect<A, E, R>,
  empty?: A
) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* folderOf(dir)
  if (yield* fs.exists(folder)) {
    return yield* RegistryLayer.Registry.use(use).pipe(Effect.provide(RegistryLayer.layer(folder)))
  }
  return empty === undefined ? yield* missing(folder) : empty
})

/** Rebuilds the registry, even if its file is damaged, and returns the number of runs in it. */
export const rebuild = Effect.fnUntraced(function* (dir: Option.Option<string>) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* folderOf(dir)
  return (yield* fs.exists(folder)) ? yield* RegistryLayer.rebuild(folder) : yield* missing(folder)
})
