/**
 * What `anneal pipeline run` costs for twenty stages with nothing to do: whole processes, in turns with an empty one.
 *
 * Run: `npm run build && node bench/pipeline.ts [rounds]`. The first run fills the cache. Of each is told the median
 * of the wall times, of the processor's time, and of the ratio to the empty process in its turn, which a busy machine
 * changes little.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { median } from "./fixtures/median.ts"

const rounds = Number(process.argv[2] ?? 15)
const folder = mkdtempSync(join(tmpdir(), "anneal-bench-"))
const root = join(import.meta.dirname, "..")

/** Has the process say at its end what it took of the processor, in microseconds, all of its threads together. */
const tells = `data:text/javascript,${encodeURIComponent(
  'import fs from "node:fs"; process.on("exit", () => { const { user, system } = process.cpuUsage(); fs.writeSync(2, `cpu ${user + system}\\n`) })'
)}`

interface Taken {
  readonly wall: number
  readonly processor: number
  readonly said: string
}

/** Milliseconds that a whole process takes. */
const timed = (args: ReadonlyArray<string>): Taken => {
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, ["--import", tells, ...args], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") }
  })
  const wall = performance.now() - started
  if (status !== 0) throw new Error(stderr)
  return { wall, processor: Number(/cpu (\d+)/.exec(stderr)?.[1]) / 1000, said: stderr }
}

const pipeline = ["bench/fixtures/twentyStages.ts", "--cache", join(folder, "cache")]
const commands = {
  "node -e 0": ["-e", "0"],
  "anneal pipeline --help": ["bin/anneal.mjs", "pipeline", "--help"],
  "anneal pipeline run, nothing to do": ["bin/anneal.mjs", "pipeline", "run", ...pipeline]
}

for (const args of Object.values(commands)) timed(args)
if (!timed(commands["anneal pipeline run, nothing to do"]).said.includes("nothing to do"))
  throw new Error("the pipeline ran again: this would measure something else")

const taken = new Map<string, Array<Taken>>(Object.keys(commands).map((name) => [name, []]))
for (let round = 0; round < rounds; round++) {
  for (const [name, args] of Object.entries(commands)) taken.get(name)?.push(timed(args))
}
rmSync(folder, { recursive: true })

const empty = taken.get("node -e 0") ?? []
console.log(`Node ${process.version}, ${rounds} rounds: wall, processor, ratio of the wall times`)
for (const [name, all] of taken) {
  const ratio = median(all.map(({ wall }, round) => wall / (empty[round]?.wall ?? Number.NaN)))
  const [wall, processor] = [median(all.map((one) => one.wall)), median(all.map((one) => one.processor))]
  console.log(
    `${name.padEnd(36)} ${wall.toFixed(0).padStart(5)} ms ${processor.toFixed(0).padStart(5)} ms  x${ratio.toFixed(2)}`
  )
}
