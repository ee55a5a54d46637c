/** The files of a data folder: which may hold annotations, which are pictures, and which split they belong to. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Formats from "../../../pipeline/picture/Formats.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as FolderCheck from "../data/FolderCheck.ts"
import type { Split } from "./Format.ts"
import * as Format from "./Format.ts"

export interface Listing {
  /** Absolute. */
  readonly root: string
  /** Relative to the root, with slashes, sorted by code unit. */
  readonly files: ReadonlyArray<string>
  /** The picture that a file of annotations means by `name`, relative to the root; undefined if there is none. */
  readonly picture: (name: string, file: string) => string | undefined
}

/** Folders within folders that are looked into. */
const DEEPEST = 4

/** More than any set that fits a folder has. */
const MOST_FILES = 1_000_000

const isAnnotation = (name: string): boolean => /\.(json|txt|xml|csv|tsv)$/i.test(name)

/** Files of these kinds are not looked up one by one. */
const isKnown = (name: string): boolean =>
  Formats.isPicture(name) || Formats.isForeign(name) || isAnnotation(name)

/** Whether a name of a folder is a folder itself; names of known files are not looked up. */
const isFolder = Effect.fnUntraced(function* (at: string) {
  const fs = yield* FileSystem.FileSystem
  if (isKnown(at)) return false
  return yield* fs.stat(at).pipe(
    Effect.map(({ type }) => type === "Directory"),
    Effect.orElseSucceed(() => false)
  )
})

/** The names in a folder, relative to the root, except hidden ones. */
const namesIn = Effect.fnUntraced(function* (root: string, folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const at = path.join(root, folder)
  const names = yield* fs.readDirectory(at).pipe(Effect.mapError(FolderCheck.unreadable(at)))
  return names
    .filter((name) => !name.startsWith("."))
    .map((name) => (folder === "" ? name : `${folder}/${name}`))
})

/** All files below the root, except hidden ones; links are followed, since the pictures are checked later. */
export const of = Effect.fnUntraced(function* (
  root: string
): Effect.fn.Return<Listing, DataError, FileSystem.FileSystem | Path.Path> {
  const path = yield* Path.Path
  const files: Array<string> = []
  const waiting = [""]
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const name of yield* namesIn(root, folder)) {
      const isDeep = name.split("/").length > DEEPEST
      if (!isDeep && (yield* isFolder(path.join(root, name)))) waiting.push(name)
      else files.push(name)
    }
    if (files.length > MOST_FILES) {
      return yield* new DataError({
        where: root,
        problem: `it holds more than ${MOST_FILES} files`,
        cure: "Name the folder of the data set itself: data.root=<folder>."
      })
    }
  }
  return make(root, files)
})

/** The listing of known files. */
export const make = (root: string, all: ReadonlyArray<string>): Listing => {
  const files = all.toSorted()
  const pictures = files.filter(Formats.isPicture)
  const present = new Set(pictures)
  const byBase = grouped(pictures, Format.base)
  const byStem = grouped(pictures, Format.stem)
  return {
    root,
    files,
    picture: (name, file) => {
      const cleaned = name.replaceAll("\\", "/")
      const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : ""
      const exact = [`${folder}/${cleaned}`, cleaned, `${folder}/images/${cleaned}`, `images/${cleaned}`]
        .map(normal)
        .find((one) => present.has(one))
      if (exact !== undefined) return exact
      const base = Format.base(cleaned)
      const alike = byBase.get(base) ?? byStem.get(base) ?? byBase.get(base.replace(UPLOADED, "")) ?? []
      return meant(alike, cleaned, file)
    }
  }
}

/** What Label Studio puts before the name of an uploaded file. */
const UPLOADED = /^[0-9a-f]{8}-/

const grouped = (names: ReadonlyArray<string>, key: (name: string) => string) => {
  const groups = new Map<string, Array<string>>()
  for (const name of names) {
    const group = groups.get(key(name))
    if (group === undefined) groups.set(key(name), [name])
    else group.push(name)
  }
  return groups
}

/** Of pictures in several folders: the only one of the same split, or the only one whose path ends like the name. */
const meant = (alike: ReadonlyArray<string>, name: string, file: string): string | undefined => {
  if (alike.length < 2) return alike[0]
  const [one, another] = alike.filter((picture) => splitOf(picture) === splitOf(file))
  if (one !== undefined && another === undefined) return one
  const [ending, second] = alike.filter((picture) => `/${picture}`.endsWith(`/${name}`))
  return second === undefined ? ending : undefined
}

/** A path without `.` and `..`; one that leaves the root becomes empty. */
const normal = (name: string): string => {
  const parts: Array<string> = []
  for (const part of name.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return ""
    } else if (part !== "" && part !== ".") parts.push(part)
  }
  return parts.join("/")
}

const WORDS: { readonly [word: string]: Split } = {
  train: "train",
  training: "train",
  val: "val",
  valid: "val",
  validation: "val",
  test: "test",
  testing: "test"
}

/** The split that a path names: `val/a.xml`, `instances_val2014.json`, `ch4_training_images/img_1.jpg`. */
export const splitOf = (name: string): Split | undefined => {
  const [, word] =
    /(?:^|[/_.-])(train|training|val|valid|validation|test|testing)\d*(?=[/_.-]|$)/i.exec(name) ?? []
  return word === undefined ? undefined : WORDS[word.toLowerCase()]
}
