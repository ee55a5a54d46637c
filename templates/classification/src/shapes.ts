// Draws the pictures in shapes/, in the format of MNIST's files. Run: npx node src/shapes.ts
import { mkdirSync, writeFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import * as Random from "anneal/Random"

/** As `configs/data/shapes.yaml` has them. */
const side = 20
const classes = 3

/** How far a point is inside a shape around 0 of radius 1; outside it is negative. */
const inside = (label: number, x: number, y: number): number => {
  if (label === 0) return 1 - Math.hypot(x, y)
  if (label === 1) return 0.85 - Math.max(Math.abs(x), Math.abs(y))
  return Math.min(0.6 - y, 0.5 - Math.abs(x) * 0.87 + y / 2)
}

/** A shape of some size, somewhere, a little turned; grey values. */
const drawn = (random: Random.Random, label: number): ReadonlyArray<number> => {
  const radius = random.between(5, 8)
  const [left, top] = [random.between(8, 12), random.between(8, 12)]
  const angle = random.between(-0.3, 0.3)
  return Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [((i % side) - left) / radius, (Math.floor(i / side) - top) / radius]
    const [u, v] = [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)]
    return inside(label, u, v) > 0 ? 255 : 0
  })
}

/** The idx format: two zero bytes, the type of unsigned bytes, the number of sides, the sides, the values. */
const idx = (sides: ReadonlyArray<number>, values: ReadonlyArray<number>): Uint8Array =>
  gzipSync(
    Uint8Array.from([
      0,
      0,
      8,
      sides.length,
      ...sides.flatMap((n) => [n >> 24, n >> 16, n >> 8, n]),
      ...values
    ])
  )

mkdirSync("shapes", { recursive: true })
for (const [seed, [name, count]] of [["train", 600] as const, ["t10k", 150] as const].entries()) {
  const random = Random.make(seed)
  const labels = Array.from({ length: count }, (_, i) => i % classes)
  const pictures = labels.flatMap((label) => drawn(random, label))
  writeFileSync(`shapes/${name}-images-idx3-ubyte.gz`, idx([count, side, side], pictures))
  writeFileSync(`shapes/${name}-labels-idx1-ubyte.gz`, idx([count], labels))
}
