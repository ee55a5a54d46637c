/**
 * A layout of annotations that a folder may have: how its files are recognised, read and written.
 *
 * A format of your own is such a value; `AnnotatedFolder.open({ root, format })` reads it. What a format does not have
 * to care about: finding the files, which split they belong to, where the pictures are, and whether polygons are usable.
 */
import * as Effect from "effect/Effect"
import type { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Finding from "../data/Finding.ts"
import type { JsonPath } from "../data/JsonText.ts"

export type { Source } from "../data/Finding.ts"

/** Corners in pixels of the upright picture. */
export type Points = ReadonlyArray<readonly [x: number, y: number]>

/** Where something is in the file being read: an offset, or for JSON a path, which is only looked up if needed. */
export type At = number | JsonPath

/** A region of text as a file marks it; it is checked later. */
export interface Mark {
  readonly points: Points
  /** Absent: the file does not say what is written there. */
  readonly transcription?: string
  /** Not to be learnt, and not to be counted as an error either. Default false. */
  readonly illegible?: boolean
  /** Default: its number among the marks of the picture, from `0001`. */
  readonly id?: string
  readonly at: At
}

/** A picture with its marks. */
export interface Marked {
  /**
   * As the file names it: a path from the file's folder or the root, or a name that only one picture has. A name
   * without an extension finds the picture with any. What it finds is always in the data folder.
   */
  readonly picture: string
  /** Upright width and height in pixels, if the file says so: a picture of another size is refused. */
  readonly size?: { readonly width: number; readonly height: number }
  /** If the file says so; otherwise its folder or name does, e.g. `val/` or `instances_val.json`. */
  readonly split?: Split
  readonly marks: ReadonlyArray<Mark>
  readonly at: At
}

export type Split = "train" | "val" | "test"

/** What can be lost in a layout. */
export type Loss =
  /** The picture's size, which its file has anyway. */
  | "size"
  /** Names of regions: they are numbered. */
  | "id"
  /** Coordinates are rounded. */
  | "coordinates"
  /** A polygon of more or fewer than four corners, or a tilted one, becomes a simpler shape. */
  | "shape"
  /** Texts, entirely or in part. */
  | "transcription"
  /** The text of an illegible region. */
  | "illegible text"
  /** Whether a region is illegible. */
  | "illegible"
  /** Whether a text is empty or unknown. */
  | "empty text"
  /** Line ends in a text. */
  | "line ends"
  /** Pictures without regions. */
  | "empty picture"

/** A file that may be of the format. */
export interface Sample {
  /** Relative to the root, with slashes. */
  readonly name: string
  readonly text: string
  /** The text as JSON; undefined if it is none. */
  readonly json: unknown
}

/** A picture to write; marks are in order. */
export interface Writable {
  /** Relative to `images/`, with slashes. */
  readonly picture: string
  readonly width: number
  readonly height: number
  readonly marks: ReadonlyArray<Omit<Mark, "at">>
}

/** A file to write. */
export interface Written {
  /** Relative to the folder that holds `images/`. */
  readonly name: string
  readonly text: string
}

export interface Format {
  /** As `data.format` has it. */
  readonly name: string
  /** For people, with its article: "a COCO file". */
  readonly title: string
  /** Names of files that may be of it, relative to the root, with slashes. */
  readonly files: RegExp
  /** Whether each picture has a file of its own, with its name. Default false: a file has many pictures. */
  readonly perPicture?: boolean
  /** Whether a file is of the format; broken ones need not be recognised. */
  readonly recognises: (sample: Sample) => boolean
  /** What is lost if it is written. */
  readonly loses: ReadonlyArray<Loss>
  /** Reads a file; its text has no byte order mark. Fails with the place of each mistake, see `problem`. */
  readonly read: (source: Finding.Source, name: string) => Effect.Effect<ReadonlyArray<Marked>, DataError>
  readonly write?: (pictures: ReadonlyArray<Writable>) => ReadonlyArray<Written>
}

/** Findings of a file at their places. */
export const placed = (
  source: Finding.Source,
  findings: ReadonlyArray<{ readonly at: At; readonly text: string }>
): ReadonlyArray<Finding.Placed> => [
  ...findings.flatMap(({ at, text }) => (typeof at === "number" ? [{ source, offset: at, text }] : [])),
  ...Finding.place(
    source,
    findings.flatMap(({ at, text }) => (typeof at === "number" ? [] : [{ path: at, text }]))
  )
]

/** A failure of `read` with file, line and column: what is wrong at `at`, and what to do. */
export const problem = (source: Finding.Source, at: At, text: string, cure: string): DataError =>
  Finding.failure(source.file, placed(source, [{ at, text }]), cure)

/** The corners of an upright box. */
export const box = (left: number, top: number, right: number, bottom: number): Points => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom]
]

/** Numbers `x, y, x, y, …` as corners; an odd last one is left out. */
export const pairs = (numbers: ReadonlyArray<number>): Points =>
  numbers.flatMap((x, i) => {
    const y = numbers[i + 1]
    return i % 2 === 0 && y !== undefined ? [[x, y] as const] : []
  })

/** Least and greatest coordinates. */
export const bounds = (points: Points) => {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)]
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) }
}

/** What many layouts have in place of the text of an illegible region. */
export const DO_NOT_CARE = "###"

/** A text that may be `###`. */
export const textOf = (text: string): Pick<Mark, "transcription" | "illegible"> =>
  text === DO_NOT_CARE ? { illegible: true } : { transcription: text }

/** The text of a region in a layout that only has `###` for illegible ones. */
export const careful = ({ illegible, transcription }: Omit<Mark, "at">): string =>
  illegible === true ? DO_NOT_CARE : (transcription ?? "")

/** A name without folders and extension. */
export const stem = (name: string): string => base(name).replace(/\.[^.]*$/, "")

/** A name without folders. */
export const base = (name: string): string => name.split(/[/\\]/).at(-1) ?? name

/** The path of a picture's own file: `sub/a.jpg` with `gt_` and `.txt` becomes `sub/gt_a.txt`. */
export const beside = (picture: string, prefix: string, suffix: string): string =>
  `${picture.slice(0, picture.length - base(picture).length)}${prefix}${stem(picture)}${suffix}`

/** The lines of a text with the offset of each, without line ends. */
export const lines = (text: string): ReadonlyArray<{ readonly text: string; readonly at: number }> => {
  const found: Array<{ readonly text: string; readonly at: number }> = []
  for (const match of text.matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)) {
    if (match[0] !== "") found.push({ text: match[1] ?? "", at: match.index })
  }
  return found
}

/** Something wrong at a place of the file being read. */
export interface Wrong {
  readonly _tag: "Wrong"
  readonly at: At
  readonly text: string
}

export const wrong = (at: At, text: string): Wrong => ({ _tag: "Wrong", at, text })

/** The values, or one failure for everything that is wrong. */
export const collected = <A extends object>(
  source: Finding.Source,
  items: ReadonlyArray<A | Wrong>,
  cure: string
): Effect.Effect<ReadonlyArray<A>, DataError> => {
  const isWrong = (item: A | Wrong): item is Wrong => "_tag" in item && item._tag === "Wrong"
  const problems = items.filter(isWrong)
  return problems.length === 0
    ? Effect.succeed(items.filter((item): item is A => !isWrong(item)))
    : Effect.fail(Finding.failure(source.file, placed(source, problems), cure))
}
