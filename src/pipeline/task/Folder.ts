/** Makes folders. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"

/**
 * Makes a folder and those above it that are missing, one after the other: where the system makes no folders at all,
 * such as `/proc`, Node's own recursion never ends.
 */
export const make = (folder: string): Effect.Effect<void, PlatformError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    if (yield* fs.exists(folder)) return
    const above = path.dirname(folder)
    if (above !== folder) yield* make(above)
    yield* fs
      .makeDirectory(folder)
      .pipe(Effect.catchReason("PlatformError", "AlreadyExists", () => Effect.void))
  })
