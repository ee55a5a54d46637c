/** Random texts for the other readers: interpolations, values to print and merge, YAML. */
import type { Random } from "./Random.ts"

/** Tagged JSON, as the vectors write values. */
export type Json = unknown

const characters = [
  ..."ab  x:#-?,[]{}'\"\n\t%@`!&*|>\\é10.e=$~_\r",
  "\u00a0",
  "\u200b",
  "\ufeff",
  "\u0007",
  "😀",
  "\u0085",
  "\u2028"
]

const words = [
  "true",
  "1",
  "1.0",
  "1e3",
  "null",
  "~",
  "",
  "yes",
  "y",
  "on",
  "0x1f",
  "010",
  "2024-01-01",
  "2024-01-01 10:00:00",
  "1_000",
  "nan",
  "inf",
  ".inf",
  "=",
  "<<",
  "---",
  "- a",
  "a:",
  "a: b",
  "1:30",
  "0o17",
  " 12 ",
  "???",
  "٣",
  "1e400"
] as const

const phrases = ["word", "w", "lo-ng", "it's", '"q"', "a:", "é", "  ", "\n", "x".repeat(30)] as const

const pickFrom = <A>(random: Random, items: ReadonlyArray<A>): A | undefined =>
  items[random.below(items.length)]

/** A string that is hard to print: words of other types, long text, odd characters. */
export const string = (random: Random): string => {
  const roll = random.next()
  if (roll < 0.15) return random.pick(words)
  const count = roll < 0.3 ? 10 + random.below(50) : random.below(9)
  let text = ""
  for (let index = 0; index < count; index += 1) {
    text +=
      roll < 0.3
        ? random.pick(phrases) + random.pick([" ", " ", "", "  "])
        : (pickFrom(random, characters) ?? "")
  }
  return text.replaceAll("${", "$")
}

const numbers: ReadonlyArray<Json> = [
  null,
  true,
  false,
  1,
  -5,
  { $int: "12345678901234567890" },
  1.5,
  ...["1.0", "-0.0", "1e+20", "1e+16", "1000000000000000.0", "nan", "inf", "-inf"].map(($float) => ({
    $float
  })),
  123456789.123,
  1e-5,
  1e-4,
  0.1,
  5e-324
]

/** A value of any kind, collections nested up to three deep. */
export const value = (random: Random, depth = 0): Json => {
  const roll = random.next()
  if (depth < 3 && roll < 0.2) return mapping(random, random.below(4), depth + 1)
  if (depth < 3 && roll < 0.35) return Array.from({ length: random.below(4) }, () => value(random, depth + 1))
  return roll < 0.75 ? string(random) : pickFrom(random, numbers)
}

const mapping = (random: Random, size: number, depth: number): Json =>
  Object.fromEntries(Array.from({ length: size }, () => [`k${string(random)}`, value(random, depth)]))

/** A mapping with the given keys, for merging. */
export const withKeys = (random: Random, keys: ReadonlyArray<string>): Json =>
  Object.fromEntries(keys.map((key) => [key, value(random)]))

const pieces = [
  "${a}",
  "${b.c}",
  "${l.0}",
  "${l[1]}",
  "${.b.c}",
  "${n}",
  "${f}",
  "${test:1,2}",
  "${test:${a}}",
  "${test:'x ${a}'}",
  "${oc.select:b.c}",
  "${oc.select:zz,${a}}",
  "${oc.decode:'[1,2]'}",
  "${oc.dict.keys:b}",
  "${oc.dict.values:b}",
  "${oc.create:{a:${a}}}",
  "${b}",
  "${l}",
  "\\${a}",
  "\\\\${a}",
  "$",
  "{",
  "}",
  "text",
  " ",
  "\\",
  "'",
  '"',
  "${",
  "${ a }",
  "${b.${k}}",
  "${${k2}}",
  "${oc.env:USER}",
  "${oc.env:NOPE,d}",
  "${test:[1, {x: y}, 'z']}",
  "${test: a b , c}",
  "${test:1e3,0x1,01,1_0,.5,inf,NaN,true,null,-}",
  "${test:a\\,b}",
  "${x.y}",
  "${...a}",
  "${l.-1}",
  "${test:,}",
  "${oc.deprecated:a}",
  "${m}",
  "${s.u}",
  "${l.x}",
  "${nope:1}",
  "${a.b}",
  "${test:'it\\'s'}",
  "${oc.decode:'${a}'}",
  "${__x}",
  "${up}"
] as const

/** What the expressions refer to. */
export const base: Json = {
  a: 5,
  b: { c: "see", d: "${..a}" },
  l: [1, "two", "${a}"],
  n: null,
  f: 1.5,
  k: "c",
  k2: "k",
  m: "???",
  s: "str",
  up: "${b}"
}

/** One to three pieces, sometimes with a character more or less. */
export const expression = (random: Random): string => {
  const count = random.pick([1, 1, 1, 2, 2, 3])
  let text = ""
  for (let index = 0; index < count; index += 1) text += random.pick(pieces)
  if (!random.chance(0.25)) return text
  const at = random.below(text.length + 1)
  const inserted = random.chance(0.5) ? (pickFrom(random, [..."${}:,.[]'\"\\ ab1-=()\t"]) ?? "") : ""
  return text.slice(0, at) + inserted + text.slice(inserted === "" ? at + 1 : at)
}
