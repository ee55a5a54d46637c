/** A data folder of damaged pictures: its check must use each or leave it out with its place, and crash on none. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as FolderCheck from "../../../../src/tasks/textDetection/data/FolderCheck.ts"
import * as Mutation from "../../../layers/image/Mutation.ts"
import type { Kind } from "../../../layers/image/PictureKinds.ts"

export interface Checked {
  readonly used: number
  readonly skipped: number
  /** What must not be. */
  readonly wrong: ReadonlyArray<string>
}

/** Checks the pictures that `seed` and the numbers from `from` on make of `kinds`, beside one that is whole. */
export const check = Effect.fnUntraced(function* (
  kinds: ReadonlyArray<Kind>,
  seed: number,
  from: number,
  count: number
) {
  const fs = yield* FileSystem.FileSystem
  const root = yield* fs.makeTempDirectoryScoped()
  const images: Record<string, object> = {}
  const words = {
    "0001": {
      points: [
        [2, 2],
        [20, 2],
        [20, 9],
        [2, 9]
      ]
    }
  }
  for (let index = from; index < from + count; index++) {
    const kind = kinds[index % kinds.length]
    if (kind === undefined) continue
    const name = `${index}-${kind.name}`
    yield* fs.writeFile(
      `${root}/${name}`,
      index === from ? kind.bytes : Mutation.mutated(kind.bytes, seed, index)
    )
    images[name] = { words }
  }
  const file = `${root}/annotations.json`
  yield* fs.writeFileString(file, JSON.stringify({ images }, null, 1))
  const listed = yield* FolderCheck.listed(file)
  const { entries, skipped } = yield* FolderCheck.check(listed, root, { onBadSample: "skip" })
  const used = new Set(entries.map(({ name }) => name))
  // Of a picture that shrank the word may be outside; then the picture is used without it.
  const named = (name: string) => skipped.some(({ problem }) => problem.startsWith(`image ${name}: `))
  const place = new RegExp(`^${file}:\\d+:\\d+$`)
  const checked: Checked = {
    used: used.size,
    skipped: skipped.length,
    wrong: [
      ...Object.keys(images).filter((name) => used.has(name) === named(name)),
      ...skipped.filter(({ where, cure }) => !place.test(where) || cure === "").map(String)
    ]
  }
  return checked
}, Effect.scoped)
