/**
 * A folder for each class, with its pictures and folders of pictures: all in one folder, or in its folders `train`,
 * `val` and `test`. Of what is missing of these, `val_fraction` and `test_fraction` take their part of `train`.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlanRefused } from "../../../pipeline/module/TaskModule.ts"
import * as Formats from "../../../pipeline/picture/Formats.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Catalogue from "./Catalogue.ts"
import type { FolderData } from "./DataPlan.ts"
import * as Files from "./Files.ts"
import type { Candidate } from "./PictureCheck.ts"
import type { Listing } from "./PictureSets.ts"
import * as Validation from "./Validation.ts"

const LAYOUT =
  "The data folder holds a folder of pictures for each class, or the folders train, val and test with them: data.root=<folder>"

const PARTS = ["train", "val", "test"] as const

interface Inside {
  /** Names of the folders in a folder, sorted. */
  readonly folders: ReadonlyArray<string>
  /** Pictures that lie beside them. */
  readonly loose: number
}

const inside = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const names = yield* Files.names(folder)
  const infos = yield* Effect.forEach(
    names,
    (name) => {
      const full = path.join(folder, name)
      return fs.stat(full).pipe(
        Effect.map(({ type }) => type === "Directory"),
        Effect.mapError(Files.unreadable(full))
      )
    },
    { concurrency: 8 }
  )
  const found: Inside = {
    folders: names.filter((_, i) => infos[i] === true),
    loose: names.filter((name, i) => infos[i] === false && Formats.isPicture(name)).length
  }
  return found
})

const looseWarning = (folder: string, { loose }: Inside): ReadonlyArray<string> =>
  loose === 0
    ? []
    : [`${loose} pictures in ${folder} lie beside the folders of the classes and were left out`]

const candidatesIn = Effect.fnUntraced(function* (
  folder: string,
  prefix: string,
  found: Inside,
  classes: ReadonlyArray<string>
) {
  const path = yield* Path.Path
  const lists = yield* Effect.forEach(found.folders, (name) =>
    Effect.map(Files.pictures(path.join(folder, name)), (names) =>
      names.map(
        (file): Candidate => ({
          name: `${prefix}${name}/${file}`,
          path: path.join(folder, name, file),
          label: classes.indexOf(name)
        })
      )
    )
  )
  return lists.flat()
})

interface PartFolder {
  readonly name: (typeof PARTS)[number]
  readonly folder: string
  readonly found: Inside
}

/** The parts that are there: a folder of the name with folders in it, since a class may be called `train`. */
const partsIn = Effect.fnUntraced(function* (root: string, { folders }: Inside) {
  const path = yield* Path.Path
  const parts: Array<PartFolder> = []
  for (const name of PARTS.filter((part) => folders.includes(part))) {
    const folder = path.join(root, name)
    const found = yield* inside(folder)
    if (found.folders.length > 0) parts.push({ name, folder, found })
  }
  return parts
})

const asOneSet = Effect.fnUntraced(function* (plan: FolderData, root: string, found: Inside) {
  const classes = yield* Validation.classesOf(plan.classes, Catalogue.sortedClasses(found.folders), root)
  const listing: Listing = {
    where: root,
    root,
    classes,
    train: yield* candidatesIn(root, "", found, classes),
    problems: [],
    warnings: looseWarning(root, found)
  }
  return listing
})

const asParts = Effect.fnUntraced(function* (
  plan: FolderData,
  root: string,
  found: Inside,
  parts: readonly [PartFolder, ...Array<PartFolder>]
) {
  const [first] = parts
  const classes = yield* Validation.classesOf(
    plan.classes,
    Catalogue.sortedClasses(first.found.folders),
    first.folder
  )
  const lists = new Map<string, ReadonlyArray<Candidate>>()
  for (const part of parts) {
    const stranger = part.found.folders.find((name) => !classes.includes(name))
    if (stranger !== undefined) {
      return yield* new DataError({
        where: `${part.folder}/${stranger}`,
        problem: `${first.name} has no class of this name`,
        cure: `Rename it to one of ${classes.slice(0, 12).join(", ")}, or take it out.`
      })
    }
    lists.set(part.name, yield* candidatesIn(part.folder, `${part.name}/`, part.found, classes))
  }
  const others = found.folders.filter((name) => !parts.some((part) => part.name === name))
  const listing: Listing = {
    where: root,
    root,
    classes,
    train: lists.get("train") ?? [],
    val: lists.get("val"),
    test: lists.get("test"),
    problems: [],
    warnings: [
      ...parts.flatMap((part) => looseWarning(part.folder, part.found)),
      ...(others.length === 0
        ? []
        : [`in ${root} only train, val and test are read, and not ${others.join(", ")}`])
    ]
  }
  return listing
})

export const list = Effect.fn("ClassFolders.list")(function* (
  plan: FolderData
): Effect.fn.Return<Listing, DataError | PlanRefused, FileSystem.FileSystem | Path.Path> {
  const root = (yield* Path.Path).resolve(plan.root)
  yield* Files.requireFolder(root, LAYOUT)
  const found = yield* inside(root)
  if (found.folders.length === 0) {
    return yield* new DataError({ where: root, problem: "there is no folder in it", cure: LAYOUT })
  }
  const [first, ...rest] = yield* partsIn(root, found)
  return first === undefined
    ? yield* asOneSet(plan, root, found)
    : yield* asParts(plan, root, found, [first, ...rest])
})
