/** Tells the catalogue of a run that has a place of its own, where `anneal runs` would not look for it. */
import { sep } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { RunDirectory } from "../pipeline/run/RunDirectory.ts"

/**
 * Takes the run in `path` into the catalogue in `folder`, which from then on looks up by itself how the run goes.
 * Runs inside of the folder are found anyway. A catalogue that cannot be written is said and stops nothing: the run
 * directories are the truth.
 */
const record = Effect.fnUntraced(function* (folder: string, path: string) {
  if (path.startsWith(`${folder}${sep}`)) return
  const { Registry, layer } = yield* Effect.promise(() => import("../layers/registry/Registry.ts"))
  yield* Registry.use((registry) => registry.record(path)).pipe(
    Effect.provide(layer(folder)),
    Effect.catch((error) =>
      Effect.logWarning(`${error.message}. Until then \`anneal runs\` does not know ${path}`)
    )
  )
})

/** `directory`, told to the catalogue in `folder` once it is made; without a folder to none. */
export const told = <E, R>(
  folder: string | undefined,
  directory: Layer.Layer<RunDirectory, E, R>
): Layer.Layer<RunDirectory, E, R | FileSystem.FileSystem> =>
  folder === undefined
    ? directory
    : Layer.effectDiscard(RunDirectory.use(({ path }) => record(folder, path))).pipe(
        Layer.provideMerge(directory)
      )
