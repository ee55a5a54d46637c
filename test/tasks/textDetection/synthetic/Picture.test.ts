import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CanvasLayer from "../../../../src/layers/image/Canvas.ts"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import { Canvas } from "../../../../src/pipeline/picture/Canvas.ts"
import * as AnnotatedPolygon from "../../../../src/tasks/textDetection/data/AnnotatedPolygon.ts"
import { area, type Point, type Polygon } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as Crops from "../../../../src/tasks/textDetection/synthetic/Crops.ts"
import { KINDS } from "../../../../src/tasks/textDetection/synthetic/Names.ts"
import * as Camera from "../../../../src/tasks/textDetection/synthetic/photo/Camera.ts"
import * as Conditions from "../../../../src/tasks/textDetection/synthetic/photo/Conditions.ts"
import * as Photo from "../../../../src/tasks/textDetection/synthetic/photo/Photo.ts"
import * as Regions from "../../../../src/tasks/textDetection/synthetic/Regions.ts"
import * as SynthSource from "../../../../src/tasks/textDetection/synthetic/SynthSource.ts"

const small = { width: [300, 340], height: [300, 340], textHeight: [12, 15], size: 20, seed: 3 } as const

/** Even-odd rule, for polygons of any shape. */
const inside = (polygon: Polygon, [x, y]: Point): boolean => {
  let odd = false
  for (const [i, [ax, ay]] of polygon.entries()) {
    const [bx, by] = polygon[(i + 1) % polygon.length] ?? [ax, ay]
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd
  }
  return odd
}

/** Or near it, pixels. */
const near = (polygon: Polygon, [x, y]: Point, far: number): boolean =>
  [-far, 0, far].some((dx) => [-far, 0, far].some((dy) => inside(polygon, [x + dx, y + dy])))

layer(CanvasLayer.layer)("a synthetic picture", (it) => {
  for (const document of KINDS) {
    it.effect(`of a ${document} has sound regions, and those that are cut are to be ignored`, () =>
      Effect.gen(function* () {
        const source = yield* SynthSource.make("train", { ...small, document, difficulty: "hard" })
        let regions = 0
        for (let index = 0; index < 6; index++) {
          const image = yield* source.image(0, index)
          regions += image.regions.length
          for (const region of image.regions) {
            const seen = AnnotatedPolygon.check(region.polygon, image)
            assert.isTrue(seen._tag === "Usable" && !seen.clipped, JSON.stringify(region))
            assert.isNotEmpty(region.transcription)
          }
        }
        assert.isAbove(regions, 40)
      })
    )
  }

  it.effect("of mixed documents is of each kind as often as asked", () =>
    Effect.gen(function* () {
      const source = yield* SynthSource.make("x", {
        ...small,
        document: { receipt: 0, book: 0, document: 3 }
      })
      const alone = yield* SynthSource.make("x", { ...small, document: "document" })
      assert.deepStrictEqual((yield* source.image(0, 4)).rgb, (yield* alone.image(0, 4)).rgb)
      const mixed = yield* SynthSource.make("x", { ...small, document: "mixed" })
      assert.notDeepEqual((yield* mixed.image(0, 4)).rgb, (yield* alone.image(0, 4)).rgb)
    })
  )

  describe("its difficulty", () => {
    it.effect("scales blur, noise and light, and covers text only when hard", () =>
      Effect.sync(() => {
        const mean = (strength: number, of: (how: Conditions.Conditions) => number) => {
          let sum = 0
          for (let seed = 0; seed < 60; seed++)
            sum += of(Conditions.make(Random.make(seed), 40, 40, strength))
          return sum / 60
        }
        const dark = ({ light }: Conditions.Conditions) =>
          1 - light.values.reduce((total, value) => total + value, 0) / light.values.length
        for (const of of [
          dark,
          (how: Conditions.Conditions) => how.blur,
          ({ grain }: Conditions.Conditions) => grain
        ]) {
          const [easy, medium, hard] = [mean(0.4, of), mean(1, of), mean(1.7, of)]
          assert.isTrue(easy < medium && medium < hard, `${easy} ${medium} ${hard}`)
        }
        const covers = ({ covers: { length } }: Conditions.Conditions) => length
        assert.deepStrictEqual([mean(0.4, covers), mean(1, covers)], [0, 0])
        assert.isAbove(mean(1.7, covers), 0.1)
        assert.deepStrictEqual(
          mean(0, ({ grain, blur }) => grain + blur),
          0
        )
      })
    )

    it.effect("marks what a thing lies on as ignored", () =>
      Effect.sync(() => {
        const camera = Camera.make(Random.make(1), 100, 50, [0, 0, 100, 50], Camera.STILL)
        const view = (radius: number): Regions.View => ({
          camera,
          origin: [0, 0],
          printed: [0, 0, 100, 50],
          covers: [{ at: [30, 20], radius, tone: 0 }],
          width: 100,
          height: 50
        })
        const lettering = { text: "a", box: [10, 10, 50, 30], turn: undefined, ignore: false } as const
        const ignored = (radius: number) =>
          Regions.inPicture([lettering], view(radius)).map((seen) => seen.region.ignore)
        assert.deepStrictEqual([ignored(8), ignored(18)], [[false], [true]])
      })
    )
  })

  it.effect("of a page that curls into the fold has lines that follow it", () =>
    Effect.sync(() => {
      const [width, height] = [200, 120]
      for (let seed = 0; seed < 6; seed++) {
        const curl = { depth: 14 * (seed % 2 === 0 ? 1 : -1), reach: 40, from: seed < 3 ? 0 : width }
        const motion = { rotation: 0.02, perspective: 0.02, bend: 2 }
        const camera = Camera.make(Random.make(seed), width, height, [0, 0, width, height], motion, curl)
        const ink = new Uint8Array(width * height)
        for (let y = 52; y < 68; y++) ink.fill(255, y * width + 10, y * width + 190)
        const map = { width, height, bleed: [0, 0], ink } as const
        const everywhere = [-Infinity, -Infinity, Infinity, Infinity] as const
        const { rgb } = Photo.make(
          Random.make(seed),
          map,
          camera,
          Conditions.plain(width, height),
          everywhere
        )
        const view = {
          camera,
          origin: [0, 0],
          printed: [0, 0, width, height],
          covers: [],
          width,
          height
        } as const
        const lettering = { text: "a", box: [10, 52, 190, 68], turn: undefined, ignore: false } as const
        const [seen] = Regions.inPicture([lettering], view)
        const polygon = seen?.region.polygon ?? []
        assert.isAbove(polygon.length, 6)
        let dark = 0
        for (let at = 0; at < width * height; at++) {
          if ((rgb[at * 3] ?? 255) >= 128) continue
          dark++
          const centre: Point = [(at % width) + 0.5, Math.floor(at / width) + 0.5]
          assert.isTrue(near(polygon, centre, 1), `seed ${seed}: ink at ${centre} is outside`)
        }
        assert.closeTo(dark / area(polygon), 1, 0.05)
      }
    })
  )

  it.effect("is cut into crops that show each text in full, upright", () =>
    Effect.gen(function* () {
      for (const document of KINDS) {
        const options = { ...small, document, clean: true, level: "word" } as const
        const draw = yield* SynthSource.drawer("crop", options)
        const drawn = yield* draw(0, 1)
        const crops = Crops.of(drawn, { height: 24 }, 7)
        assert.isAbove(crops.length, 5)
        assert.deepStrictEqual(Crops.of(drawn, { height: 24 }, 7), crops)
        const known = new Map(drawn.image.regions.map(({ id, transcription }) => [id, transcription]))
        for (const { id, text, image } of crops) {
          assert.strictEqual(image.height, 24)
          assert.strictEqual(known.get(id), text)
          const grey = Array.from({ length: image.rgb.length / 3 }, (_, i) => image.rgb[3 * i] ?? 0)
          const ink = grey.filter((value) => value < 128).length / grey.length
          assert.isTrue(ink > 0.004 && ink < 0.75, `${text}: ${ink}`)
        }
      }
    })
  )

  it.effect(
    "has the fonts of its languages, which fail by the name of their package if they are not there",
    () =>
      Effect.gen(function* () {
        const canvas = yield* Canvas
        const missing = { family: "IM Fell English", script: "greek", italic: false } as const
        const error = yield* Effect.flip(canvas.load([missing]))
        assert.match(error.message, /im-fell-english-greek-400-normal.*@fontsource\/im-fell-english/)
      })
  )
})
