/**
 * `npm run bench:cleval -- [--pages 6]`: CLEval, detection and end to end, of pages with 100 and with 500 regions,
 * against the official implementation; PYTHON names a Python that has it (`pip install cleval opencv-python-headless`).
 *
 * Both see the same pages, must give the same numbers, and are measured in processor time, so that a busy machine does
 * not count; compiling does not count either. Ends with 1 below a ratio of 10, or above 50 ms a page of 500.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import * as Schema from "effect/Schema"
import * as Random from "../src/pipeline/nn/Random.ts"
import * as Cleval from "../src/tasks/textDetection/metric/Cleval.ts"
import * as TextBox from "../src/tasks/textDetection/metric/TextBox.ts"
import { median } from "./fixtures/median.ts"

const { values } = parseArgs({ options: { pages: { type: "string", default: "6" } } })

type Box = readonly [points: ReadonlyArray<number>, text: string]
interface Page {
  readonly truth: ReadonlyArray<Box>
  readonly found: ReadonlyArray<Box>
}

/** Lines of ten words; a tenth is missed, a tenth found in two parts, a twentieth is illegible. */
const page = (seed: number, words: number): Page => {
  const random = Random.make(seed)
  const next = () => random.float()
  const at = (most: number) => Math.round(next() * most)
  const truth: Array<Box> = []
  const found: Array<Box> = []
  const box = (x: number, y: number, w: number): ReadonlyArray<number> => {
    const tilt = at(4) - 2
    return [x, y, x + w, y + tilt, x + w, y + 14 + tilt, x, y + 14]
  }
  for (let i = 0; i < words; i++) {
    const [x, y, text] = [20 + (i % 10) * 100, 10 + Math.floor(i / 10) * 20, `word ${i}`]
    truth.push([box(x, y, 80), next() < 0.05 ? "###" : text])
    const kind = next()
    if (kind < 0.8) found.push([box(x + at(2), y + at(2), 80), next() < 0.9 ? text : "wrong"])
    else if (kind < 0.9) found.push([box(x, y, 40), text.slice(0, 4)], [box(x + 40, y, 40), text.slice(4)])
  }
  return { truth, found }
}

const boxes = (all: ReadonlyArray<Box>) =>
  all.map(([points, text]) => {
    const corners = [0, 2, 4, 6].map((i) => [points[i] ?? 0, points[i + 1] ?? 0] as const)
    return TextBox.make(corners, { text, ignore: text === "###" })
  })

const evaluate = ({ truth, found }: Page) => Cleval.evaluate(boxes(truth), boxes(found), { endToEnd: true })

const ours = (pages: ReadonlyArray<Page>) =>
  pages.map((one) => {
    const begun = process.cpuUsage()
    const { detection, endToEnd } = evaluate(one)
    const { user, system } = process.cpuUsage(begun)
    return {
      seconds: (user + system) / 1e6,
      detection: Cleval.scores(detection).hmean,
      endToEnd: Cleval.scores(endToEnd ?? Cleval.nothing).hmean
    }
  })

const Results = Schema.fromJsonString(
  Schema.Array(Schema.Struct({ seconds: Schema.Finite, detection: Schema.Finite, endToEnd: Schema.Finite }))
)

const theirs = (pages: ReadonlyArray<Page>) => {
  const folder = mkdtempSync(join(tmpdir(), "cleval-"))
  const file = join(folder, "pages.json")
  writeFileSync(file, JSON.stringify(pages))
  const script = join(import.meta.dirname, "fixtures/clevalOfficial.py")
  const python = process.env["PYTHON"] ?? "python3"
  const { status, stdout, stderr } = spawnSync(python, [script, file], { encoding: "utf8" })
  rmSync(folder, { recursive: true })
  if (status !== 0) throw new Error(`${python} ${script}:\n${stderr}`)
  return Schema.decodeUnknownSync(Results)(stdout)
}

const near = (a: number, b: number | undefined) => Math.abs(a - (b ?? Number.NaN)) < 1e-9

let failed = false
for (const words of [100, 500]) {
  const pages = Array.from({ length: Number(values.pages) }, (_, i) => page(words + i, words))
  for (let warm = 0; warm < 10; warm++) ours(pages)
  const [own, other] = [ours(pages), theirs(pages)]
  const agree = own.every(
    ({ detection, endToEnd }, i) => near(detection, other[i]?.detection) && near(endToEnd, other[i]?.endToEnd)
  )
  const [mine, reference] = [own, other].map((all) => 1000 * median(all.map(({ seconds }) => seconds)))
  const ratio = (reference ?? 0) / (mine ?? 1)
  failed ||= !agree || ratio < 10 || (words === 500 && (mine ?? 0) > 50)
  const times = `${mine?.toFixed(1)} ms a page, official ${reference?.toFixed(0)} ms, ${ratio.toFixed(0)}x`
  console.log(`${words} regions: ${times}, ${agree ? "the same numbers" : "OTHER NUMBERS"}`)
}
process.exitCode = failed ? 1 : 0
