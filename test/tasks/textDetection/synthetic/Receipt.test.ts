import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CanvasLayer from "../../../../src/layers/image/Canvas.ts"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import { Canvas } from "../../../../src/pipeline/picture/Canvas.ts"
import * as AnnotatedPolygon from "../../../../src/tasks/textDetection/data/AnnotatedPolygon.ts"
import * as ReceiptContent from "../../../../src/tasks/textDetection/synthetic/layout/ReceiptContent.ts"
import * as ReceiptSheet from "../../../../src/tasks/textDetection/synthetic/layout/ReceiptSheet.ts"
import type * as Sheet from "../../../../src/tasks/textDetection/synthetic/layout/Sheet.ts"
import * as Style from "../../../../src/tasks/textDetection/synthetic/layout/Style.ts"
import * as Ink from "../../../../src/tasks/textDetection/synthetic/photo/Ink.ts"
import * as SynthSource from "../../../../src/tasks/textDetection/synthetic/SynthSource.ts"
import { English } from "../../../../src/tasks/textDetection/synthetic/words/English.ts"
import * as Vocabulary from "../../../../src/tasks/textDetection/synthetic/words/Vocabulary.ts"

const small = { width: [200, 240], height: [240, 300], size: 50, seed: 5 } as const

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** A sheet's texts alone, printed without any disturbance. */
const printed = Effect.fnUntraced(function* (seed: number) {
  const canvas = yield* Canvas
  const random = Random.make(seed)
  const measuring = yield* canvas.create(8, 8)
  const rows = ReceiptContent.make(random, ReceiptContent.habits(random, English), 4)
  const sheet = ReceiptSheet.make(random, measuring.context, rows, Style.make(random, 320, 16), 320)
  const texts = sheet.texts.filter((text) => text.box !== undefined)
  const surface = yield* canvas.create(320, Math.ceil(sheet.height))
  const map = Ink.make(
    random,
    surface,
    { ...sheet, texts, marks: [] },
    { left: 0, top: 0, bleed: [0, 0], scrawls: 0 }
  )
  return { sheet, boxes: texts.flatMap(({ box }) => (box === undefined ? [] : [box])), map }
})

/** Left, top, right and bottom of the ink inside a box and a pixel around it. */
const inkIn = ({ ink, width, height }: Ink.InkMap, [left, top, right, bottom]: Sheet.Box) => {
  const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let y = Math.max(0, Math.floor(top) - 1); y <= Math.min(height - 1, bottom + 1); y++) {
    for (let x = Math.max(0, Math.floor(left) - 1); x <= Math.min(width - 1, right + 1); x++) {
      if ((ink[y * width + x] ?? 0) < 64) continue
      bounds[0] = Math.min(bounds[0], x)
      bounds[1] = Math.min(bounds[1], y)
      bounds[2] = Math.max(bounds[2], x + 1)
      bounds[3] = Math.max(bounds[3], y + 1)
    }
  }
  return bounds
}

layer(CanvasLayer.layer)("a synthetic receipt", (it) => {
  describe("its regions", () => {
    it.effect("cover all ink of the texts, and little else", () =>
      Effect.gen(function* () {
        for (let seed = 0; seed < 12; seed++) {
          const { boxes, map } = yield* printed(seed)
          assert.isAbove(boxes.length, 8)
          let stray = 0
          for (let at = 0; at < map.ink.length; at++) {
            const [x, y] = [at % map.width, Math.floor(at / map.width)]
            const inside = boxes.some(([l, t, r, b]) => x >= l - 1 && x <= r && y >= t - 1 && y <= b)
            if ((map.ink[at] ?? 0) > 64 && !inside) stray++
          }
          assert.strictEqual(stray, 0, `seed ${seed}: pixels of ink outside every box`)
          for (const box of boxes) {
            const [left, top, right, bottom] = inkIn(map, box)
            assert.closeTo(left, box[0], 4, `seed ${seed}: left side`)
            assert.closeTo(right, box[2], 4, `seed ${seed}: right side`)
            assert.isAbove((bottom - top) / (box[3] - box[1]), 0.4, `seed ${seed}: height`)
          }
        }
      })
    )

    it.effect("stand apart: columns are boxes of their own, with paper between", () =>
      Effect.gen(function* () {
        for (let seed = 0; seed < 12; seed++) {
          const { boxes } = yield* printed(seed)
          for (const [i, a] of boxes.entries()) {
            for (const b of boxes.slice(i + 1)) {
              const apart = a[2] < b[0] || b[2] < a[0] || a[3] - 3 < b[1] || b[3] - 3 < a[1]
              assert.isTrue(apart, `seed ${seed}: ${a} and ${b}`)
            }
          }
        }
      })
    )

    it.effect("are text: no separator is one, and separators are there", () =>
      Effect.gen(function* () {
        let rules = 0
        for (let seed = 0; seed < 12; seed++) {
          const { sheet } = yield* printed(seed)
          for (const { text, box } of sheet.texts) {
            const rule = /^[-=*]{5,}$/.test(text)
            assert.strictEqual(box === undefined, rule, text)
            if (rule) rules++
          }
          rules += sheet.marks.length
        }
        assert.isAbove(rules, 12)
      })
    )

    it.effect("lie in the picture, are sound, and cut ones are to be ignored", () =>
      Effect.gen(function* () {
        const source = yield* SynthSource.make("train", small)
        const heights: Array<number> = []
        for (let index = 0; index < 30; index++) {
          const image = yield* source.image(0, index)
          assert.strictEqual(image.rgb.length, image.width * image.height * 3)
          assert.isAbove(image.regions.length, 2)
          assert.strictEqual(new Set(image.regions.map((region) => region.id)).size, image.regions.length)
          for (const region of image.regions) {
            const seen = AnnotatedPolygon.check(region.polygon, image)
            assert.isTrue(seen._tag === "Usable" && !seen.clipped, JSON.stringify(region))
            assert.isNotEmpty(region.transcription)
            const ys = region.polygon.map(([, y]) => y)
            if (!region.ignore) heights.push(Math.max(...ys) - Math.min(...ys))
          }
        }
        assert.isAtLeast(median(heights), 12)
        assert.isAtMost(median(heights), 20)
      })
    )
  })

  describe("its pixels", () => {
    it.effect("are a function of seed, name, epoch and index", () =>
      Effect.gen(function* () {
        const [a, b] = [yield* SynthSource.make("train", small), yield* SynthSource.make("train", small)]
        const first = yield* a.image(2, 3)
        yield* b.image(0, 9)
        assert.deepStrictEqual(yield* b.image(2, 3), first)
        const others = [
          yield* a.image(2, 4),
          yield* a.image(3, 3),
          yield* (yield* SynthSource.make("val", small)).image(2, 3),
          yield* (yield* SynthSource.make("train", { ...small, seed: 6 })).image(2, 3)
        ]
        for (const other of others) assert.notDeepEqual(other.rgb, first.rgb)
      })
    )

    it.effect("stay through the epochs when fixed", () =>
      Effect.gen(function* () {
        const source = yield* SynthSource.make("val", { ...small, fixed: true })
        assert.deepStrictEqual(yield* source.image(7, 1), yield* source.image(0, 1))
        assert.notDeepEqual((yield* source.image(0, 2)).rgb, (yield* source.image(0, 1)).rgb)
      })
    )

    it.effect("are black on white when clean", () =>
      Effect.gen(function* () {
        const source = yield* SynthSource.make("look", { ...small, clean: true })
        const { rgb } = yield* source.image(0, 0)
        const white = rgb.reduce((count, value) => count + (value === 255 ? 1 : 0), 0) / rgb.length
        assert.isAbove(white, 0.7)
        assert.isBelow(
          rgb.reduce((least, value) => Math.min(least, value), 255),
          40
        )
      })
    )
  })

  describe("its words", () => {
    it.effect("hold money as people write it", () =>
      Effect.sync(() => {
        assert.deepStrictEqual([0, 5, 1234, -150, 123456789].map(Vocabulary.money), [
          "0.00",
          "0.05",
          "12.34",
          "-1.50",
          "1,234,567.89"
        ])
      })
    )

    it.effect("are of letters that every typeface has", () =>
      Effect.sync(() => {
        for (let seed = 0; seed < 60; seed++) {
          const random = Random.make(seed)
          for (const row of ReceiptContent.make(random, ReceiptContent.habits(random, English), 6)) {
            const text = row._tag === "Text" ? row.cells.map((cell) => cell.text).join("") : ""
            assert.match(text, /^[\x20-\x7e]*$/)
          }
        }
      })
    )
  })
})
