import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { inflateSync } from "node:zlib"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CanvasLayer from "../../../../src/layers/image/Canvas.ts"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import { Canvas, FAMILIES, OLD_FAMILIES, type Typeface } from "../../../../src/pipeline/picture/Canvas.ts"
import { LEXICONS } from "../../../../src/tasks/textDetection/synthetic/Languages.ts"
import * as Book from "../../../../src/tasks/textDetection/synthetic/layout/Book.ts"
import * as Form from "../../../../src/tasks/textDetection/synthetic/layout/Form.ts"
import * as Invoice from "../../../../src/tasks/textDetection/synthetic/layout/Invoice.ts"
import * as Letter from "../../../../src/tasks/textDetection/synthetic/layout/Letter.ts"
import type { Box } from "../../../../src/tasks/textDetection/synthetic/layout/Sheet.ts"
import * as Typefaces from "../../../../src/tasks/textDetection/synthetic/layout/Typefaces.ts"
import { LANGUAGES } from "../../../../src/tasks/textDetection/synthetic/Names.ts"
import * as Picture from "../../../../src/tasks/textDetection/synthetic/Picture.ts"
import * as Ink from "../../../../src/tasks/textDetection/synthetic/photo/Ink.ts"
import * as Regions from "../../../../src/tasks/textDetection/synthetic/Regions.ts"
import type { Lexicon } from "../../../../src/tasks/textDetection/synthetic/words/Lexicon.ts"
import * as Prose from "../../../../src/tasks/textDetection/synthetic/words/Prose.ts"

const MAKERS = { book: Book.make, form: Form.make, invoice: Invoice.make, letter: Letter.make }

/** A page of a kind, its text alone as ink, and its regions. */
const page = Effect.fnUntraced(function* (kind: keyof typeof MAKERS, seed: number) {
  const canvas = yield* Canvas
  yield* Picture.prepare({ document: "mixed", languages: LANGUAGES })
  const language = LANGUAGES[seed % LANGUAGES.length] ?? "en"
  const measuring = yield* canvas.create(8, 8)
  const order = { context: measuring.context, words: LEXICONS[language], width: 420, size: 15 }
  const sheet = MAKERS[kind](Random.make(seed), order)
  const printed = { ...sheet, texts: sheet.texts.filter(({ ignore }) => ignore !== true), marks: [] }
  const surface = yield* canvas.create(420, Math.ceil(sheet.height))
  const window = { left: 0, top: 0, bleed: [0, 0], scrawls: 0 } as const
  // White type stands on dark panels, which are not drawn here.
  const texts = printed.texts.map((text) => ({ ...text, tone: 0 }))
  const map = Ink.make(Random.make(0), surface, { ...printed, texts }, window)
  const regions = (level: "line" | "word") => Regions.ofSheet(measuring.context, printed, level)
  return { sheet, map, lines: regions("line"), words: regions("word") }
})

const stray = ({ ink, width }: Ink.InkMap, boxes: ReadonlyArray<Box>): number => {
  let count = 0
  for (let at = 0; at < ink.length; at++) {
    if ((ink[at] ?? 0) <= 64) continue
    const [x, y] = [at % width, Math.floor(at / width)]
    if (!boxes.some(([l, t, r, b]) => x >= l - 1 && x <= r && y >= t - 1 && y <= b)) count++
  }
  return count
}

/** The columns of ink in a box: the first and the last. */
const ends = ({ ink, width, height }: Ink.InkMap, [left, top, right, bottom]: Box) => {
  const found: Array<number> = []
  for (let x = Math.max(0, Math.floor(left)); x <= Math.min(width - 1, right); x++) {
    for (let y = Math.max(0, Math.ceil(top)); y <= Math.min(height - 1, bottom); y++) {
      if ((ink[y * width + x] ?? 0) > 64) found.push(x)
    }
  }
  return [found.at(0) ?? Number.NaN, (found.at(-1) ?? Number.NaN) + 1] as const
}

/** Code points of a WOFF file, by its table of characters (OpenType cmap, formats 4 and 12). */
const codePoints = (file: string): ReadonlySet<number> => {
  const woff = readFileSync(createRequire(import.meta.url).resolve(file))
  const tables = Array.from({ length: woff.readUInt16BE(12) }, (_, i) => 44 + 20 * i)
  const entry = tables.find((at) => woff.toString("latin1", at, at + 4) === "cmap") ?? 0
  const [from, size, full] = [
    woff.readUInt32BE(entry + 4),
    woff.readUInt32BE(entry + 8),
    woff.readUInt32BE(entry + 12)
  ]
  const raw = woff.subarray(from, from + size)
  const cmap = size < full ? inflateSync(raw) : raw
  const found = new Set<number>()
  for (let i = 0; i < cmap.readUInt16BE(2); i++) {
    const at = cmap.readUInt32BE(4 + 8 * i + 4)
    const format = cmap.readUInt16BE(at)
    if (format === 4) {
      const segments = cmap.readUInt16BE(at + 6)
      for (let s = 0; s < segments; s += 2) {
        const [end, start] = [cmap.readUInt16BE(at + 14 + s), cmap.readUInt16BE(at + 16 + segments + s)]
        for (let code = start; code <= end && code < 0xffff; code++) found.add(code)
      }
    }
    if (format === 12) {
      for (let g = 0; g < cmap.readUInt32BE(at + 12); g++) {
        const group = at + 16 + 12 * g
        for (let code = cmap.readUInt32BE(group); code <= cmap.readUInt32BE(group + 4); code++)
          found.add(code)
      }
    }
  }
  return found
}

const slug = (family: Typeface) => family.toLowerCase().replaceAll(" ", "-")

const lettersOf = ({ labels, scripts: _, blackLetter: __, ...lists }: Lexicon): ReadonlySet<string> => {
  const text = [...Object.values(lists), ...Object.values(labels)].flat().join("")
  return new Set(`${text}${text.toUpperCase()}${Prose.capital(text)}“”–·-0123456789()[]#:;,.!?*/+&`)
}

layer(CanvasLayer.layer)("a synthetic page", (it) => {
  describe("its regions", () => {
    for (const kind of ["book", "form", "invoice", "letter"] as const) {
      it.effect(`hold all ink of a ${kind}'s texts, as lines and as words, and end where it ends`, () =>
        Effect.gen(function* () {
          for (let seed = 0; seed < 4; seed++) {
            const { map, lines, words } = yield* page(kind, seed)
            assert.isAbove(lines.length, 8, `seed ${seed}`)
            for (const level of [lines, words]) {
              const boxes = level.map(({ box }) => box)
              assert.strictEqual(stray(map, boxes), 0, `seed ${seed}: ink outside of every box`)
            }
            for (const { box, text } of words.filter((word) => word.box[2] < map.width && word.box[0] > 0)) {
              const [left, right] = ends(map, box)
              assert.closeTo(left, box[0], 4.5, `seed ${seed}: left end of ${text}`)
              assert.closeTo(right, box[2], 4.5, `seed ${seed}: right end of ${text}`)
            }
          }
        })
      )
    }

    it.effect("say the same as words and as lines", () =>
      Effect.gen(function* () {
        for (const kind of ["book", "letter", "invoice"] as const) {
          const { lines, words } = yield* page(kind, 1)
          assert.isAbove(words.length, lines.length)
          const joined = (level: typeof lines) =>
            level
              .map(({ text }) => text)
              .join(" ")
              .split(/\s+/)
              .sort()
          assert.deepStrictEqual(joined(words), joined(lines))
        }
      })
    )

    it.effect("of books are lines of columns, justified and rarely broken", () =>
      Effect.gen(function* () {
        const canvas = yield* Canvas
        yield* Picture.prepare({ document: "book", languages: ["en"] })
        const { context } = yield* canvas.create(8, 8)
        const counts = { flush: 0, lines: 0, hyphens: 0 }
        for (let seed = 0; seed < 6; seed++) {
          const sheet = Book.make(Random.make(seed), { context, words: LEXICONS.en, width: 460, size: 14 })
          const lines = Regions.ofSheet(context, sheet, "line").filter(({ text }) => text.length > 20)
          const right = lines.map(({ box }) => Math.round(box[2] / 3))
          const edges = right.filter((edge) => right.filter((other) => Math.abs(other - edge) < 2).length > 5)
          counts.flush += edges.length
          counts.lines += lines.length
          counts.hyphens += lines.filter(({ text }) => text.endsWith("-")).length
        }
        assert.isAbove(counts.lines, 100)
        assert.isAbove(counts.flush / counts.lines, 0.6)
        assert.isAbove(counts.hyphens, 3)
        assert.isBelow(counts.hyphens / counts.lines, 0.3)
      })
    )
  })

  describe("its letters", () => {
    it.effect("are all in the typefaces that may set them", () =>
      Effect.sync(() => {
        for (const language of LANGUAGES) {
          const { scripts } = LEXICONS[language]
          const letters = lettersOf(LEXICONS[language])
          const families = [...FAMILIES, ...OLD_FAMILIES].filter((family) =>
            scripts.every((script) => Typefaces.COVERED[family]?.includes(script))
          )
          assert.isNotEmpty(families)
          for (const family of families) {
            const known = ["latin", ...scripts].map((script) =>
              codePoints(`@fontsource/${slug(family)}/files/${slug(family)}-${script}-400-normal.woff`)
            )
            const lacking = [...letters].filter((letter) => {
              const code = letter.codePointAt(0) ?? 0
              return code > 32 && !known.some((points) => points.has(code))
            })
            assert.deepStrictEqual(lacking, [], `${family} for ${language}`)
          }
        }
      })
    )

    it.effect("come from the words of the language", () =>
      Effect.gen(function* () {
        const { lines } = yield* page("letter", LANGUAGES.indexOf("ru"))
        const text = lines.map((line) => line.text).join("")
        assert.isAbove(
          [...text].filter((letter) => /\p{Script=Cyrillic}/u.test(letter)).length,
          text.length / 3
        )
      })
    )

    it.effect("are broken between vowels, far from the ends of words", () =>
      Effect.sync(() => {
        const shown = (word: string) =>
          Prose.breaks(word).reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, word)
        assert.deepStrictEqual(["considerable", "morning", "house", "1819,", "question,"].map(shown), [
          "con-si-de-rable",
          "mor-ning",
          "house",
          "1819,",
          "ques-tion,"
        ])
      })
    )
  })
})
