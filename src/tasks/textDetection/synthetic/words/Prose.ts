/** Invented running text: sentences and paragraphs of a language's words, without meaning. */
import type { Random } from "../../../../pipeline/nn/Random.ts"
import type { Lexicon } from "./Lexicon.ts"

export const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1)

/** Frequent words stand first in the list, and are drawn more often. */
const word = (random: Random, { prose, people, city }: Lexicon): string => {
  if (random.chance(0.03)) return random.pick(random.chance(0.5) ? people : city)
  if (random.chance(0.012)) return String(1 + random.int(random.chance(0.5) ? 31 : 1899))
  return prose[Math.floor(random.float() ** 1.6 * prose.length)] ?? prose[0]
}

const STOPS = [".", ".", ".", ".", ".", ".", "!", "?", ";", ":"] as const

/** Words with their punctuation; a name of two words counts as one. */
const sentence = (random: Random, words: Lexicon): ReadonlyArray<string> => {
  const all = Array.from({ length: 4 + random.int(18) }, () => word(random, words))
  const comma = (i: number) => (i > 1 && random.chance(0.1) ? "," : "")
  const [open, close] = random.chance(0.08) ? ["“", "”"] : ["", ""]
  return all.map((one, i) => {
    const begun = i === 0 ? `${open}${capital(one)}` : one
    return i === all.length - 1 ? `${begun}${random.pick(STOPS)}${close}` : `${begun}${comma(i)}`
  })
}

/** At least this many words, to the end of a sentence. */
export const paragraph = (random: Random, words: Lexicon, least: number): ReadonlyArray<string> => {
  const all: Array<string> = []
  while (all.length < least) all.push(...sentence(random, words))
  return all.flatMap((one) => one.split(" "))
}

/** A heading of one to five words. */
export const heading = (random: Random, words: Lexicon): string =>
  capital(Array.from({ length: 1 + random.int(5) }, () => word(random, words)).join(" "))

const VOWELS = /[aeiouyäöüáéíóúàèâêîôûąęóаеёиоуыэюяαεηιουωάέήίόύώ]/i

/**
 * Where a word may be broken, as a count of its first letters: before a consonant that stands between vowels, or
 * between two consonants that do; never less than three letters from an end.
 */
export const breaks = (text: string): ReadonlyArray<number> => {
  if (text.length < 6 || /[^\p{L}]/u.test(text.slice(0, -1))) return []
  const kinds = Array.from(text, (letter) => (VOWELS.test(letter) ? "v" : "c")).join("")
  return Array.from({ length: text.length - 5 }, (_, i) => i + 3).filter(
    (i) => kinds.slice(i - 1, i + 2) === "vcv" || kinds.slice(i - 2, i + 2) === "vccv"
  )
}
