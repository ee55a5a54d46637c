/** Seeded texts for fuzzing: mutations of a corpus, random Unicode, and texts that look like override values. */
import { generator } from "../../src/config/override/Shuffle.ts"

/** Numbers in [0, 1). */
export type Random = () => number

/** Pieces that mean something to one of the readers. */
const pieces: ReadonlyArray<string> = [
  ..."abz019_-+.$%*?|/\\@~#&!<>;:=,()[]{}'\" \t\n\r",
  ..."\u0000\u0085\u00a0\u2028\ufeff\ufffdéשא日😀\ud800\udc00",
  ..."null true False 1_000 1e-3 .5 -inf nan 0x1F 0o7 1:30 2024-01-01 yes off ~ ??? ${a} ${..b} ${f:x} ${ \\, \\\\".split(
    " "
  ),
  ..."choice( range( interval( glob( shuffle( sort( tag( int( float( str( bool( reverse=true start= sweep= list=".split(
    " "
  ),

  "- ",
  "\n? ",
  "\n: ",
  "\n--- ",
  "\n...",
  "\n&a ",
  "*a",
  "!!int ",
  "!!python/object ",
  "<<: ",
  " |\n",
  " >-\n",
  " >+\n ",
  "%YAML",
  " #",
  "\n  \n",
  "\t- ",
  "\n  ",
  "\n- "
]

const below = (random: Random, limit: number) => Math.floor(random() * limit)

const pick = (random: Random, items: ReadonlyArray<string>): string =>
  items[below(random, items.length)] ?? ""

const randomCharacter = (random: Random) =>
  String.fromCodePoint(below(random, random() < 0.5 ? 0x250 : 0x110000))

const piece = (random: Random) => (random() < 0.8 ? pick(random, pieces) : randomCharacter(random))

/** A text with a few places deleted, doubled, or filled with something else. */
const mutate = (text: string, random: Random): string => {
  let result = text
  for (let times = 1 + below(random, 4); times > 0; times--) {
    const start = below(random, result.length + 1)
    const end = Math.min(result.length, start + below(random, 6))
    const middle = result.slice(start, end)
    const filling = pick(random, [piece(random), "", middle + middle, piece(random) + middle])
    result = result.slice(0, start) + filling + result.slice(end)
  }
  return result
}

const soup = (random: Random): string =>
  Array.from({ length: 1 + below(random, 12) }, () => piece(random)).join("")

/** An endless supply of texts: mutated ones of the corpus mostly, and some of pieces alone. */
export const texts = (corpus: ReadonlyArray<string>, seed: number): (() => string) => {
  const random = generator(seed)
  return () => (random() < 0.85 ? mutate(pick(random, corpus), random) : soup(random))
}

const scalars: ReadonlyArray<string> = [
  ..."a b 1 -2 0 1.5 2.0 1e3 1e-7 inf nan true false null abc 9007199254740993 a* x\\,y ${a} -0.5 01 1_0 /p".split(
    " "
  ),
  "'q r'",
  '"d\\"e"',
  "'it\\'s'",
  "'\\\\'",
  "''",
  "x y",
  "\\ lead",
  "a\\ ",
  "${f:x,y}",
  "'é\n日'",
  "'10'"
]
const keys: ReadonlyArray<string> = ["a", "b", "1", "1.0", "true", "null", "x y", "nan", "\\,", "/p"]
const functions = "choice range interval glob tag sort shuffle int float str bool".split(" ")
const parameters = "start stop step end reverse sweep list value include exclude".split(" ")

const many = (random: Random, item: () => string) => Array.from({ length: below(random, 4) }, item).join(",")

const call = (random: Random, depth: number): string => {
  const argument = () => (random() < 0.12 ? `${pick(random, parameters)}=` : "") + element(random, depth + 1)
  return `${pick(random, functions)}(${many(random, argument)})`
}

const element = (random: Random, depth: number): string => {
  const kind = depth > 3 ? 0 : random()
  if (kind < 0.5) return pick(random, scalars)
  if (kind < 0.6) return `[${many(random, () => element(random, depth + 1))}]`
  if (kind > 0.7) return call(random, depth)
  return `{${many(random, () => `${pick(random, keys)}:${element(random, depth + 1)}`)}}`
}

/** An endless supply of texts that look like values of the override grammar; about half are. */
export const values = (seed: number): (() => string) => {
  const random = generator(seed)
  return () => (random() < 0.8 ? element(random, 0) : `${element(random, 0)},${element(random, 0)}`)
}

const targets = ["key", "a", "a.b", "a.b.0", "key.0", "db", "db@extra", "aux@extra", "m", "n", "i", "db.port"]

/** An endless supply of overrides for the keys and groups of a small tree. */
export const assignments = (seed: number): (() => string) => {
  const random = generator(seed)
  const next = values(seed + 1)
  return () =>
    `${pick(random, ["", "+", "++", "~"])}${pick(random, [...targets, "hydra.run.dir", "hydra/launcher"])}=${next()}`
}
