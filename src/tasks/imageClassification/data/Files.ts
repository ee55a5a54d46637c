/** Files and folders that a user names: read whole within bounds, with failures that say what to do. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Formats from "../../../pipeline/picture/Formats.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"

export const unreadable = (path: string) => (error: PlatformError) =>
  new DataError({
    where: path,
    problem: `it cannot be read (${error.message})`,
    cure: "Check its permissions."
  })

/** What is at a path; fails with the cure where nothing is. */
export const look = Effect.fnUntraced(function* (path: string, cure: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.stat(path).pipe(
    Effect.catchReason("PlatformError", "NotFound", () =>
      Effect.fail(new DataError({ where: path, problem: "no such file or folder", cure }))
    ),
    Effect.catchTag("PlatformError", (error) => Effect.fail(unreadable(path)(error)))
  )
})

export const requireFolder = Effect.fnUntraced(function* (path: string, cure: string) {
  const { type } = yield* look(path, cure)
  if (type !== "Directory") {
    return yield* new DataError({ where: path, problem: "it is a file, not a folder", cure })
  }
})

/** All bytes of a file that has at most so many. */
export const bytes = Effect.fnUntraced(function* (path: string, most: number, cure: string) {
  const fs = yield* FileSystem.FileSystem
  const { type, size } = yield* look(path, cure)
  if (type !== "File") return yield* new DataError({ where: path, problem: "it is not a file", cure })
  if (Number(size) > most) {
    return yield* new DataError({
      where: path,
      problem: `it has ${size} bytes, and ${most} are the most that are read`,
      cure: "Divide it into smaller ones."
    })
  }
  return yield* fs.readFile(path).pipe(Effect.mapError(unreadable(path)))
})

/** The names in a folder, hidden ones left out, sorted by code unit. */
export const names = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const found = yield* fs.readDirectory(folder).pipe(Effect.mapError(unreadable(folder)))
  return found.filter((name) => !name.startsWith(".")).toSorted()
})

/** Pictures of both kinds in a folder and the folders in it, as paths within it with `/`; sorted. */
export const pictures = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const found = yield* fs.readDirectory(folder, { recursive: true }).pipe(Effect.mapError(unreadable(folder)))
  return found
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => !name.split("/").some((part) => part.startsWith(".")))
    .filter((name) => Formats.isPicture(name) || Formats.isForeign(name))
    .toSorted()
})
