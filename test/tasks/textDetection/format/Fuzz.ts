/** Mutated annotation files: what each reader does with them. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { generator } from "../../../../src/config/override/Shuffle.ts"
import { DataError } from "../../../../src/pipeline/task/Dataset.ts"
import * as All from "../../../../src/tasks/textDetection/format/All.ts"
import type { Format } from "../../../../src/tasks/textDetection/format/Format.ts"
import { samples } from "./Samples.ts"

type Random = () => number

const below = (random: Random, limit: number): number => Math.floor(random() * limit)

const pick = <A>(random: Random, list: readonly [A, ...ReadonlyArray<A>]): A =>
  list[below(random, list.length)] ?? list[0]

const pieces = [
  "",
  ",",
  ",,,,",
  "\t",
  "\n",
  "\r",
  '"',
  '""',
  "'",
  "{",
  "}",
  "[",
  "]",
  ":",
  "<",
  ">",
  "&",
  "&x;",
  "]]>",
  "|",
  "0",
  "-1",
  "1e999",
  "NaN",
  "Infinity",
  "0x10",
  "99999999999999999999",
  "1.5.5",
  "null",
  "true",
  "{}",
  "[]",
  "\0",
  "\ufeff",
  "\ud800",
  "\u2028",
  "𝒳",
  "é",
  "__proto__",
  "constructor",
  "../../etc/passwd",
  "C:\\a.jpg",
  "###",
  "####",
  "*",
  "[".repeat(5000),
  '{"a":'.repeat(300),
  "<a>".repeat(5000),
  "1,".repeat(3000),
  '<!DOCTYPE a [<!ENTITY x "y">]>',
  "<!--",
  "<![CDATA[",
  "<?x?>",
  '"points":[]',
  "val/",
  "test"
]

const mutations: readonly [
  (text: string, random: Random) => string,
  ...ReadonlyArray<(text: string, random: Random) => string>
] = [
  (text, random) => text.slice(0, below(random, text.length + 1)),
  (text, random) => {
    const at = below(random, text.length + 1)
    return text.slice(0, at) + (pieces[below(random, pieces.length)] ?? "") + text.slice(at)
  },
  (text, random) => {
    const at = below(random, text.length + 1)
    return text.slice(0, at) + text.slice(at + below(random, 40))
  },
  (text, random) => {
    const at = below(random, text.length + 1)
    const part = text.slice(at, at + below(random, 80))
    return text.slice(0, at) + part + text.slice(at)
  },
  // A number, a word or a string becomes something else.
  (text, random) => {
    const tokens = [...text.matchAll(/-?\d+(?:\.\d+)?|"[^"]*"|\w+/g)]
    const token = tokens[below(random, tokens.length)]
    if (token === undefined) return text
    const piece = pieces[below(random, pieces.length)] ?? ""
    return text.slice(0, token.index) + piece + text.slice(token.index + token[0].length)
  },
  (text, random) => {
    const lines = text.split("\n")
    const [a, b] = [below(random, lines.length), below(random, lines.length)]
    return lines
      .with(a, lines[b] ?? "")
      .with(b, lines[a] ?? "")
      .join("\n")
  }
]

export interface Case {
  readonly format: Format
  readonly name: string
  readonly text: string
}

/** Mutated files of a format; the same for the same seed. */
export const cases = (format: Format, count: number, seed: number): ReadonlyArray<Case> => {
  const random = generator(seed)
  const files = samples
    .filter((sample) => sample.format === format.name)
    .flatMap((sample) => Object.entries(sample.files))
    .filter(([name]) => format.files.test(name))
  return Array.from({ length: count }, (_, i) => {
    const [name, text] = files[i % files.length] ?? ["", ""]
    const times = 1 + below(random, 3)
    const mutated = Array.from({ length: times }).reduce<string>(
      (before) => pick(random, mutations)(before, random),
      text
    )
    return { format, name, text: mutated }
  })
}

const FILE = "/data/file"

/** A failure names its file and line, or several in a list of which each does, unless the whole file is another's. */
const isPlaced = ({ where, problem }: DataError): boolean =>
  new RegExp(`^${FILE}:\\d+:\\d+$`).test(where) ||
  (where === FILE &&
    (problem.includes(`\n  ${FILE}:`) || /not the expected layout|not within "images"/.test(problem)))

const isSound = (value: number): boolean => Number.isFinite(value)

const isFinished = (pictures: Effect.Success<ReturnType<Format["read"]>>): boolean =>
  pictures.every(
    ({ picture, size, marks }) =>
      typeof picture === "string" &&
      (size === undefined || (size.width > 0 && size.height > 0)) &&
      marks.every(({ points }) => points.every((point) => point.length === 2 && point.every(isSound)))
  )

export type Outcome = "read" | "refused"

/** Reads a case; dies with what is wrong if it neither reads nor fails as it should. */
export const outcome = Effect.fnUntraced(function* ({ format, name, text }: Case) {
  const exit = yield* Effect.exit(
    Effect.suspend(() => {
      format.recognises({ name, text, json: undefined })
      return format.read({ file: FILE, text }, name)
    })
  )
  const about = `${format.name}: ${JSON.stringify(text.slice(0, 3000))}`
  if (Exit.isSuccess(exit)) {
    return isFinished(exit.value) ? "read" : yield* Effect.die(new Error(`unsound values of ${about}`))
  }
  const error = Cause.squash(exit.cause)
  if (error instanceof DataError && isPlaced(error)) return "refused"
  return yield* Effect.die(new Error(`${String(error)}\n${about}`))
})

/** How many of a format's cases were read and how many refused. */
export const all = Effect.fnUntraced(function* (count: number, seed: number) {
  const counts: Array<{ readonly format: string; readonly read: number; readonly refused: number }> = []
  for (const format of All.all) {
    const outcomes: Array<Outcome> = []
    for (const one of cases(format, count, seed)) outcomes.push(yield* outcome(one))
    const read = outcomes.filter((one) => one === "read").length
    counts.push({ format: format.name, read, refused: outcomes.length - read })
  }
  return counts
})
