import { assert, describe, it } from "@effect/vitest"
import * as Random from "../../../../src/pipeline/nn/Random.ts"
import type { Point, Polygon } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import { area } from "../../../../src/tasks/textDetection/geometry/Polygon.ts"
import * as Camera from "../../../../src/tasks/textDetection/synthetic/photo/Camera.ts"
import * as Conditions from "../../../../src/tasks/textDetection/synthetic/photo/Conditions.ts"
import * as Photo from "../../../../src/tasks/textDetection/synthetic/photo/Photo.ts"

const [WIDTH, HEIGHT] = [160, 120]

const moving = (seed: number) =>
  Camera.make(Random.make(seed), WIDTH, HEIGHT, [-5, -8, WIDTH + 3, HEIGHT + 6], {
    rotation: 0.05,
    perspective: 0.05,
    bend: 6
  })

/** What the photo does pixel by pixel. */
const toPaper = ({ toPlane, bend }: Camera.Camera, point: Point): Point => {
  const [x, y] = Camera.apply(toPlane, point)
  return [x, y + bend.depth * Math.sin(bend.pace * x + bend.phase)]
}

const contains = (polygon: Polygon, [x, y]: Point, slack: number): boolean =>
  polygon.every(([ax, ay], i) => {
    const [bx, by] = polygon[(i + 1) % polygon.length] ?? [ax, ay]
    return ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / Math.hypot(bx - ax, by - ay) >= -slack
  })

describe("a camera", () => {
  it("takes the unit square's corners to the quad's, and back", () => {
    const quad = [
      [3, 5],
      [90, -4],
      [110, 70],
      [-8, 60]
    ] as const
    const to = Camera.fromUnitSquare(quad)
    for (const [i, corner] of (
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1]
      ] as const
    ).entries()) {
      const [x, y] = Camera.apply(to, corner)
      assert.closeTo(x, quad[i]?.[0] ?? 0, 1e-9)
      assert.closeTo(y, quad[i]?.[1] ?? 0, 1e-9)
      const [u, v] = Camera.apply(Camera.inverse(to), [x, y])
      assert.closeTo(u, corner[0], 1e-9)
      assert.closeTo(v, corner[1], 1e-9)
    }
  })

  it("that moves and bends is undone exactly", () => {
    for (let seed = 0; seed < 20; seed++) {
      const camera = moving(seed)
      for (const point of [
        [0, 0],
        [150, 10],
        [77.5, 119],
        [30, 60]
      ] as const) {
        const [x, y] = Camera.toPicture(camera)(toPaper(camera, point))
        assert.closeTo(x, point[0], 1e-6)
        assert.closeTo(y, point[1], 1e-6)
      }
    }
  })

  it("shows ink where it says that ink will be", () => {
    for (let seed = 0; seed < 10; seed++) {
      const camera = { ...moving(seed), bend: { depth: 0, pace: 0, phase: 0 } }
      const ink = new Uint8Array(WIDTH * HEIGHT)
      for (let y = 30; y < 70; y++) ink.fill(255, y * WIDTH + 40, y * WIDTH + 120)
      const map = { width: WIDTH, height: HEIGHT, bleed: [0, 0] as const, ink }
      const photo = Photo.make(Random.make(seed), map, camera, Conditions.plain(WIDTH, HEIGHT), [
        -Infinity,
        -Infinity,
        Infinity,
        Infinity
      ])
      const corners = [
        [40, 30],
        [120, 30],
        [120, 70],
        [40, 70]
      ] as const
      const polygon = corners.map(Camera.toPicture(camera))
      let dark = 0
      for (let at = 0; at < WIDTH * HEIGHT; at++) {
        if ((photo.rgb[at * 3] ?? 255) >= 128) continue
        dark++
        const centre = [(at % WIDTH) + 0.5, Math.floor(at / WIDTH) + 0.5] as const
        assert.isTrue(contains(polygon, centre, 0.6), `seed ${seed}: ink at ${centre} is outside`)
      }
      assert.closeTo(dark / area(polygon), 1, 0.02)
    }
  })
})
