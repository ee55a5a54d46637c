/** Lists of names in files: `train.txt`, `val.txt` and `test.txt` in a folder say what is in which part. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { DataError } from "../task/Dataset.ts"
import type { Part } from "./Split.ts"

const PARTS: ReadonlyArray<Part> = ["train", "val", "test"]

const CURE =
  "Write a name on each line of train.txt, val.txt and, for tests, test.txt: data.split.files=<folder>"

interface Line {
  readonly name: string
  readonly part: Part
  /** `splits/val.txt:12`. */
  readonly where: string
}

/** The lines of a list; none if the file is absent. Empty lines and those that begin with # are left out. */
const linesOf = Effect.fnUntraced(function* (folder: string, part: Part) {
  const fs = yield* FileSystem.FileSystem
  const file = (yield* Path.Path).join(folder, `${part}.txt`)
  const text = yield* fs.readFileString(file).pipe(
    Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed("")),
    Effect.mapError(
      ({ message }) => new DataError({ where: file, problem: `it cannot be read (${message})`, cure: CURE })
    )
  )
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line, at): Line => ({ name: line.trim(), part, where: `${file}:${at + 1}` }))
    .filter(({ name }) => name !== "" && !name.startsWith("#"))
})

/** The first line that names what is not there, or what another list has. */
const wrong = (lines: ReadonlyArray<Line>, names: ReadonlySet<string>): DataError | undefined => {
  const seen = new Map<string, Line>()
  for (const line of lines) {
    const { name, where } = line
    if (!names.has(name)) {
      return new DataError({ where, problem: `there is no sample ${name}`, cure: "Correct the name." })
    }
    const before = seen.get(name)
    if (before !== undefined) {
      const problem = `${name} is listed before, at ${before.where}`
      return new DataError({ where, problem, cure: "Leave it in one list." })
    }
    seen.set(name, line)
  }
  return undefined
}

/** The parts of names that lists have; a name in no list is in no part. */
export const read = Effect.fn("NameLists.read")(function* (
  folder: string,
  names: ReadonlyArray<string>
): Effect.fn.Return<ReadonlyMap<string, Part>, DataError, FileSystem.FileSystem | Path.Path> {
  const lines = (yield* Effect.forEach(PARTS, (part) => linesOf(folder, part))).flat()
  if (!lines.some(({ part }) => part === "train")) {
    return yield* new DataError({ where: folder, problem: "there is no train.txt with names", cure: CURE })
  }
  const problem = wrong(lines, new Set(names))
  if (problem !== undefined) return yield* problem
  return new Map(lines.map(({ name, part }) => [name, part]))
})
