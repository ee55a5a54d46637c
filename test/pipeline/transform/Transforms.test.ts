import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Random from "../../../src/pipeline/nn/Random.ts"
import * as Kinds from "../../../src/pipeline/transform/kinds/Kinds.ts"
import * as Outline from "../../../src/pipeline/transform/Outline.ts"
import * as PointMap from "../../../src/pipeline/transform/PointMap.ts"
import * as Sample from "../../../src/pipeline/transform/Sample.ts"
import * as Draw from "./Draw.ts"

const decodeRegions = Schema.decodeUnknownSync(Schema.Union(Kinds.ofRegions))
const decodeClasses = Schema.decodeUnknownSync(Schema.Union(Kinds.ofClasses))

const photo = Draw.picture(260, 200, Draw.shapes)

const always = (kinds: ReadonlyArray<object>): ReadonlyArray<Kinds.Kind> =>
  kinds.map((kind) => decodeRegions({ p: 1, ...kind }))

const spatial: Readonly<Record<string, ReadonlyArray<object>>> = {
  resize: [{ kind: "resize", scale: [0.7, 1.4] }],
  pad: [{ kind: "pad", width: 300, height: 280 }],
  crop: [{ kind: "crop" }],
  "crop that may cut": [{ kind: "crop", cut: "allow" }],
  "horizontal flip": [{ kind: "flip" }],
  "vertical flip": [{ kind: "flip", axis: "vertical" }],
  rotate: [{ kind: "rotate", degrees: 40 }],
  "rotate within": [{ kind: "rotate", degrees: 10, grow: false }],
  quarters: [{ kind: "rotate", degrees: 0, quarters: 1 }],
  perspective: [{ kind: "perspective", amount: 0.3 }],
  elastic: [{ kind: "elastic", strength: 1 }],
  "all of them": [
    { kind: "perspective" },
    { kind: "elastic" },
    { kind: "resize", scale: [0.9, 1.2] },
    { kind: "rotate" },
    { kind: "flip" },
    { kind: "crop" }
  ],
  "all, drawn in between": [
    { kind: "crop", width: 180 },
    { kind: "blur", sigma: [0.3, 0.3] },
    { kind: "rotate", degrees: 20 },
    { kind: "noise", sigma: [0.01, 0.01] },
    { kind: "elastic", spacing: 40 },
    { kind: "pad" }
  ]
}

const everyKind: ReadonlyArray<object> = [
  { kind: "resize", scale: [0.7, 1.4] },
  { kind: "pad", width: 300 },
  { kind: "crop", width: 100, height: 80 },
  { kind: "rotate" },
  { kind: "flip" },
  { kind: "perspective" },
  { kind: "elastic" },
  { kind: "colour", saturation: 0.4, hue: 20 },
  { kind: "blur" },
  { kind: "noise" },
  { kind: "jpeg" },
  { kind: "shading" },
  { kind: "cutout" },
  { kind: "copy_paste" }
]

describe("Transforms that move", () => {
  for (const [name, kinds] of Object.entries(spatial)) {
    it.effect(`${name}: outlines stay on their pixels`, () =>
      Effect.gen(function* () {
        for (let sample = 0; sample < 6; sample++) {
          const done = yield* Draw.made(always(kinds), photo, [1, 2, sample])
          assert.isAbove(done.regions.length, 0)
          assert.isAbove(Draw.agreement(done), 0.95, `sample ${sample}`)
        }
      })
    )

    it.effect(`${name}: what is mapped comes back, within a hundredth of a pixel`, () =>
      Effect.gen(function* () {
        for (let sample = 0; sample < 3; sample++) {
          const { toSample } = yield* Draw.made(always(kinds), photo, [3, 4, sample])
          const [there, back] = [PointMap.forward(toSample), PointMap.inverse(toSample)]
          for (const [x, y] of Draw.points(photo.width, photo.height, 100)) {
            const [u, v] = back(there([x, y]))
            assert.closeTo(u, x, 0.01)
            assert.closeTo(v, y, 0.01)
          }
        }
      })
    )
  }

  it.effect("compose to one affine map, and one resampling", () =>
    Effect.gen(function* () {
      let drawn = 0
      const draw: Sample.Draw = (...all) => {
        drawn++
        assert.isTrue(PointMap.isAffine(all[1]))
        return Draw.draw(...all)
      }
      const kinds = always([
        { kind: "resize" },
        { kind: "rotate" },
        { kind: "colour" },
        { kind: "flip" },
        { kind: "crop" }
      ])
      let sample = Sample.make(photo)
      for (const kind of kinds) {
        const { transform } = yield* Kinds.step(kind, Draw.target)
        sample = Sample.changed(sample, transform(sample, Random.make(1)), draw)
      }
      Sample.drawn(sample, draw)
      assert.strictEqual(drawn, 1)
    })
  )

  it.effect("keep quarter turns exact", () =>
    Effect.gen(function* () {
      const turn = always([{ kind: "rotate", degrees: 0, quarters: 1 }])
      const { image, toSample } = yield* Draw.made(turn, photo, [1, 1, 1])
      const there = PointMap.forward(toSample)
      for (const [x, y] of Draw.points(photo.width, photo.height, 200)) {
        const [u, v] = there([Math.floor(x) + 0.5, Math.floor(y) + 0.5])
        const from = (Math.floor(y) * photo.width + Math.floor(x)) * 3
        const to = (Math.floor(v) * image.width + Math.floor(u)) * 3
        assert.deepStrictEqual(image.rgb.subarray(to, to + 3), photo.rgb.subarray(from, from + 3))
      }
    })
  )

  it.effect("crop between regions where they can, and ignore what they cut where not", () =>
    Effect.gen(function* () {
      const words = Array.from({ length: 12 }, (_, i) => {
        const [x, y] = [15 + (i % 3) * 80, 15 + Math.floor(i / 3) * 50]
        return [
          [x, y],
          [x + 50, y],
          [x + 50, y + 20],
          [x, y + 20]
        ] as const
      })
      const page = Draw.picture(260, 220, words)
      const edges = { left: 0, top: 0, right: 150, bottom: 100 }
      for (let sample = 0; sample < 20; sample++) {
        const crop = always([{ kind: "crop", width: 150, height: 100 }])
        const { regions } = yield* Draw.made(crop, page, [5, 6, sample])
        assert.isAbove(regions.length, 0)
        for (const { polygon, ignore } of regions) {
          assert.isFalse(ignore)
          assert.isTrue(Outline.within(Outline.bounds(polygon), edges))
        }
      }
      const narrow = always([{ kind: "crop", width: 40, height: 20, prefer_text: 1 }])
      const { regions } = yield* Draw.made(narrow, page, [5, 6, 0])
      assert.deepStrictEqual([...new Set(regions.map(({ ignore }) => ignore))], [true])
    })
  )

  it.effect("resized crops fill the frame, and hold the part of the area that is asked for", () =>
    Effect.gen(function* () {
      const kind = decodeClasses({ kind: "resized_crop", area: [0.25, 0.25] })
      for (let sample = 0; sample < 20; sample++) {
        const { toSample, width, height } = yield* Draw.made([kind], photo, [7, 8, sample])
        assert.deepStrictEqual([width, height], [photo.width, photo.height])
        const corners = [
          [0, 0],
          [width, 0],
          [width, height],
          [0, height]
        ] as const
        const seen = corners.map(PointMap.inverse(toSample))
        assert.closeTo(Outline.area(seen) / (width * height), 0.25, 1e-6)
        assert.isTrue(
          Outline.within(Outline.bounds(seen), {
            left: -1e-6,
            top: -1e-6,
            right: width + 1e-6,
            bottom: height + 1e-6
          })
        )
      }
    })
  )
})

/** Kinds that draw nothing, or what cannot be seen where colours are as plain as here. */
const fixed: ReadonlySet<unknown> = new Set(["flip", "blur"])

describe("Transforms", () => {
  it.effect("give the same for the same keys, and something else for others", () =>
    Effect.gen(function* () {
      for (const kind of everyKind) {
        const [first, again, other] = yield* Effect.forEach([5, 5, 6], (sample) =>
          Draw.made(always([kind]), photo, [1, 2, sample])
        )
        assert.deepStrictEqual(first, again)
        if (!fixed.has("kind" in kind ? kind.kind : ""))
          assert.notDeepEqual(first?.image, other?.image, JSON.stringify(kind))
      }
    })
  )

  it.effect("leave a sample as it is with probability 0, and their picture untouched in any case", () =>
    Effect.gen(function* () {
      const before = photo.rgb.slice()
      const never = everyKind.map((kind) => decodeRegions({ ...kind, p: 0 }))
      const same = yield* Draw.made(never, photo, [1, 2, 3])
      assert.deepStrictEqual(same.image.rgb, photo.rgb)
      assert.deepStrictEqual(same.regions, photo.regions)
      yield* Draw.made(always(everyKind), photo, [1, 2, 3])
      assert.deepStrictEqual(photo.rgb, before)
    })
  )

  it.effect("are applied as often as their probability says", () =>
    Effect.gen(function* () {
      const flip = decodeRegions({ kind: "flip", p: 0.3 })
      let flipped = 0
      for (let sample = 0; sample < 400; sample++) {
        const { toSample } = yield* Draw.made([flip], Draw.picture(4, 4, []), [1, 2, sample])
        if (PointMap.forward(toSample)([0, 0])[0] === 4) flipped++
      }
      assert.closeTo(flipped / 400, 0.3, 0.07)
    })
  )

  it.effect("draw the same when others are inserted before them", () =>
    Effect.gen(function* () {
      const crop = always([{ kind: "crop" }])
      const more = always([{ kind: "colour" }, { kind: "crop" }, { kind: "noise" }])
      const [alone, among] = [
        yield* Draw.made(crop, photo, [1, 2, 3]),
        yield* Draw.made(more, photo, [1, 2, 3])
      ]
      assert.deepStrictEqual(among.toSample, alone.toSample)
      const twice = always([{ kind: "blur" }, { kind: "crop" }, { kind: "crop", width: 100 }])
      const { toSample } = yield* Draw.made(twice, photo, [1, 2, 3])
      assert.notDeepEqual(toSample, alone.toSample)
    })
  )

  it.effect("paste regions of another picture where nothing is marked", () =>
    Effect.gen(function* () {
      const [, shape = []] = Draw.shapes
      const other = Draw.picture(260, 200, [shape])
      for (let sample = 0; sample < 8; sample++) {
        const paste = always([{ kind: "copy_paste", count: [3, 3] }])
        const done = yield* Draw.made(paste, photo, [1, 2, sample], other)
        assert.isAbove(done.regions.length, photo.regions.length)
        assert.isAbove(Draw.agreement(done), 0.95)
      }
    })
  )

  it.effect("ignore what a cutout hides, and only that", () =>
    Effect.gen(function* () {
      const cutout = always([{ kind: "cutout", count: [2, 2], size: [0.2, 0.4], hidden: 0.3 }])
      let ignored = 0
      for (let sample = 0; sample < 12; sample++) {
        const done = yield* Draw.made(cutout, photo, [1, 2, sample])
        for (const { polygon, ignore } of done.regions) {
          // Of two rectangles, each hides less than `hidden` of it, or one of them more.
          if (ignore) ignored++
          assert.strictEqual(Draw.shown(done, polygon) < (ignore ? 0.75 : 0.4), ignore)
        }
      }
      assert.isAbove(ignored, 3)
    })
  )
})
