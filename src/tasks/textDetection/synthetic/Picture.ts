/** One synthetic picture, from random numbers to pixels and regions: a pure function of the generator and the options. */
import * as Effect from "effect/Effect"
import type { Random } from "../../../pipeline/nn/Random.ts"
import { Canvas, type CanvasError } from "../../../pipeline/picture/Canvas.ts"
import { LEXICONS } from "./Languages.ts"
import * as Leaf from "./Leaf.ts"
import * as Typefaces from "./layout/Typefaces.ts"
import * as Names from "./Names.ts"
import * as Receipt from "./Receipt.ts"
import * as Scene from "./Scene.ts"

/** Inclusive. */
export type Range = readonly [low: number, high: number]

export interface Options {
  /** Pixels of the picture; equal bounds fix a side. */
  readonly width: Range
  readonly height: Range
  /** Height of a line's box, pixels; the median of a picture is in the range, headings are larger. */
  readonly textHeight: Range
  /** What is drawn, or how often each kind; default receipts. */
  readonly document?: Names.Kind | "mixed" | Names.Mix
  /** Whether regions are lines, as default, or words. */
  readonly level?: Names.Level
  /** Default medium. */
  readonly difficulty?: Names.Difficulty
  /** Each picture is in one of them; default English. */
  readonly languages?: ReadonlyArray<Names.Language>
  /** Clean print on white, for tests and for people: no camera, no light, no noise. Default false. */
  readonly clean?: boolean
}

/** The height of a line's box divided by its font size, for most texts in these typefaces. */
const BOX_OVER_SIZE = 0.85

const whole = (random: Random, [low, high]: Range): number => low + random.int(high - low + 1)

/** Nothing is drawn at random where there is one choice, so that a new choice changes no picture. */
const kindOf = (random: Random, mix: Names.Mix): Names.Kind => {
  const kinds = Names.KINDS.filter((kind) => (mix[kind] ?? 0) > 0)
  if (kinds.length < 2) return kinds[0] ?? "receipt"
  const sum = kinds.reduce((total, kind) => total + (mix[kind] ?? 0), 0)
  let left = random.float() * sum
  return kinds.find((kind) => (left -= mix[kind] ?? 0) < 0) ?? "receipt"
}

const languageOf = (random: Random, languages: ReadonlyArray<Names.Language>): Names.Language =>
  languages.length < 2 ? (languages[0] ?? "en") : (languages[random.int(languages.length)] ?? "en")

const MAKE = { receipt: Receipt.make, document: Leaf.document, book: Leaf.book }

/** Loads the typefaces that these options need; those of books and documents have packages of their own. */
export const prepare = (
  options: Pick<Options, "document" | "languages">
): Effect.Effect<void, CanvasError, Canvas> => {
  const { document = "receipt", languages = ["en"] } = options
  const mix = Names.mixOf(document)
  const old = (mix.book ?? 0) > 0 || (mix.document ?? 0) > 0
  const scripts = new Set(languages.flatMap((language) => LEXICONS[language].scripts))
  const faces = Typefaces.faces([...scripts], old)
  return faces.length === 0 ? Effect.void : Effect.flatMap(Canvas, ({ load }) => load(faces))
}

/** After `prepare` with the same options. */
export const make = Effect.fnUntraced(function* (
  random: Random,
  name: string,
  options: Options
): Effect.fn.Return<Scene.Drawn, CanvasError, Canvas> {
  const { document = "receipt", languages = ["en"], difficulty = "medium", level = "line" } = options
  const canvas = yield* Canvas
  const kind = kindOf(random, Names.mixOf(document))
  const language = languageOf(random, languages)
  const [width, height] = [whole(random, options.width), whole(random, options.height)]
  const [x, y] = kind === "receipt" ? Receipt.BLEED : Leaf.BLEED
  const surface = yield* canvas.create(width + 2 * x, height + 2 * y)
  const scene = MAKE[kind](random, {
    surface,
    width,
    height,
    size: random.between(...options.textHeight) / BOX_OVER_SIZE,
    words: LEXICONS[language],
    strength: Names.strengthOf(difficulty),
    clean: options.clean === true
  })
  return Scene.draw(random, name, surface, scene, level)
})
