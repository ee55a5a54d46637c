/** The names that choose what is drawn; hardly anything is loaded for them. */
import * as Option from "effect/Option"

/** Grows whenever the same options give other pictures. */
export const GENERATOR = 2

export const KINDS = ["receipt", "document", "book"] as const
export type Kind = (typeof KINDS)[number]

export const LANGUAGES = ["en", "de", "fr", "es", "pl", "ru", "el"] as const
export type Language = (typeof LANGUAGES)[number]

export const LEVELS = ["line", "word"] as const
export type Level = (typeof LEVELS)[number]

export const DIFFICULTIES = ["easy", "medium", "hard"] as const

/** A number from 0, as printed, over 0.5, `medium`, to 1. */
export type Difficulty = (typeof DIFFICULTIES)[number] | number

const isOf = <A extends string>(names: ReadonlyArray<A>, text: string): text is A =>
  names.some((name) => name === text)

/** From the command line. */
export const difficultyOf = (text: string): Option.Option<Difficulty> => {
  if (isOf(DIFFICULTIES, text)) return Option.some(text)
  return /^(0?\.\d+|[01](\.0*)?)$/.test(text) ? Option.some(Number(text)) : Option.none()
}

/** From the command line: `en,de`. */
export const languagesOf = (text: string): Option.Option<ReadonlyArray<Language>> => {
  const found = text.split(",").flatMap((one) => (isOf(LANGUAGES, one) ? [one] : []))
  return found.length === text.split(",").length ? Option.some(found) : Option.none()
}

const NUMBERS = { easy: 0.2, medium: 0.5, hard: 0.85 } as const

/** Blur, noise, motion and the like relative to `medium`: from 0 to 2. */
export const strengthOf = (difficulty: Difficulty): number =>
  2 * (typeof difficulty === "number" ? difficulty : NUMBERS[difficulty])

/** How often each kind is drawn, relative to the others. */
export type Mix = { readonly [K in Kind]?: number | undefined }

export const mixOf = (document: Kind | "mixed" | Mix): Mix => {
  if (typeof document === "object") return document
  return document === "mixed" ? { receipt: 2, document: 1, book: 1 } : { [document]: 1 }
}
