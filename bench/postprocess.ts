/**
 * `npm run bench:postprocess -- [--rounds 30]`: from a probability map of 1024 pixels with 500 regions to rectangles,
 * and to polygons; in processor time, so that a busy machine does not count. With PYTHON, a Python that has OpenCV and
 * pyclipper, also what the usual post-processing in Python takes for the same map.
 *
 * Ends with 1 above 10 ms.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import * as PostProcess from "../src/tasks/textDetection/postprocess/PostProcess.ts"
import * as PostProcessOptions from "../src/tasks/textDetection/postprocess/PostProcessOptions.ts"
import { median } from "./fixtures/median.ts"

const { values } = parseArgs({ options: { rounds: { type: "string", default: "30" } } })
const rounds = Number(values.rounds)
const side = 1024

/** Ten words a line, fifty lines, each a little tilted and soft at its edges as a net draws it. */
const map = (): PostProcess.ProbabilityMap => {
  const data = new Float32Array(side * side).fill(0.02)
  for (let word = 0; word < 500; word++) {
    const [left, top] = [14 + (word % 10) * 101, 8 + Math.floor(word / 10) * 20]
    const slope = ((word % 7) - 3) / 100
    for (let x = 0; x < 80; x++) {
      for (let y = 0; y < 14; y++) {
        const [alongEdge, acrossEdge] = [Math.min(x, 79 - x), 4.5 - Math.abs(y - 6.5 - slope * (x - 40))]
        const edge = Math.min(alongEdge, acrossEdge)
        data[(top + y) * side + left + x] = 1 / (1 + Math.exp(-2 * edge))
      }
    }
  }
  return { width: side, height: side, data }
}

/** Milliseconds of the processor. */
const timed = (work: () => void): number => {
  const begun = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1000
}

const given = map()
let slow = false
for (const [name, use_polygon] of [
  ["rectangles", false],
  ["polygons", true]
] as const) {
  const options = { ...PostProcessOptions.defaults, use_polygon }
  for (let warm = 0; warm < 10; warm++) PostProcess.detect(given, options)
  const found = PostProcess.detect(given, options).length
  const time = median(Array.from({ length: rounds }, () => timed(() => PostProcess.detect(given, options))))
  slow ||= time > 10 || found !== 500
  console.log(`${name.padEnd(12)} ${found} regions, ${time.toFixed(1)} ms`)
}

const python = process.env["PYTHON"]
if (python !== undefined) {
  const folder = mkdtempSync(join(tmpdir(), "postprocess-"))
  const file = join(folder, "map.f32")
  writeFileSync(file, given.data)
  const script = join(import.meta.dirname, "fixtures/postprocess.py")
  const { status, stdout, stderr } = spawnSync(python, [script, file, String(side)], { encoding: "utf8" })
  rmSync(folder, { recursive: true })
  if (status !== 0) throw new Error(`${python} ${script}:\n${stderr}`)
  console.log(`Python       ${stdout.trim()}`)
}
process.exitCode = slow ? 1 : 0
