/** The resolved plan of a run, read from its `plan.yaml`. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import { parse } from "yaml"
import * as Durable from "../internal/Durable.ts"
import * as Thrown from "../internal/Thrown.ts"
import { RegistryError } from "./RunEntry.ts"

const unreadable = (path: string, why: string) =>
  new RegistryError({
    path,
    problem: `the run's plan cannot be read: ${why}`,
    cure: "Restore the file, or leave the run out"
  })

/** The plan as a value; empty if the run ended before it was written. */
export const read = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  run: string
): Effect.fn.Return<unknown, RegistryError> {
  const path = join(run, "plan.yaml")
  const text = yield* fs.readFileString(path).pipe(
    Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed("{}")),
    Effect.mapError((error) => unreadable(path, Durable.problemOf(error)))
  )
  return yield* Effect.try({
    try: (): unknown => parse(text),
    catch: (cause) => unreadable(path, Thrown.said(cause))
  })
})
