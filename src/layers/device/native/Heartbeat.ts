/** Reports the progress of work that takes minutes and reports little itself. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schedule from "effect/Schedule"

/** Bytes of all files below a folder; files that disappear meanwhile count as empty. */
const weigh = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const names = yield* fs.readDirectory(folder, { recursive: true })
  const sizes = yield* Effect.forEach(names, (name) =>
    fs.stat(path.join(folder, name)).pipe(
      Effect.map((info) => (info.type === "File" ? Number(info.size) : 0)),
      Effect.orElseSucceed(() => 0)
    )
  )
  return sizes.reduce((all, size) => all + size, 0)
})

/** While `work` runs, reports the size of `folder` every five seconds. */
export const during = <A, E, R>(
  work: Effect.Effect<A, E, R>,
  folder: string,
  say: (line: string) => Effect.Effect<void>
): Effect.Effect<A, E, R | FileSystem.FileSystem | Path.Path> => {
  const report = weigh(folder).pipe(
    Effect.orElseSucceed(() => 0),
    Effect.flatMap((bytes) => (bytes === 0 ? Effect.void : say(`  ${Math.round(bytes / 1e6)} MB so far`)))
  )
  const reporting = report.pipe(Effect.repeat(Schedule.spaced("5 seconds")), Effect.delay("5 seconds"))
  return Effect.raceFirst(work, Effect.andThen(reporting, Effect.never))
}
