/**
 * Kills, starves and interrupts training at random moments, and says what it found.
 *
 * Run: npm run chaos -- --kills 200 --faults 50 --signals 50 --seed 1. What is left out is not done; exits with 1 if
 * anything was lost.
 */
import { parseArgs } from "node:util"
import * as Random from "../src/pipeline/nn/Random.ts"
import { faults, kills, type Options, type Report } from "../test/chaos/chaos.ts"
import { signals } from "../test/chaos/signals.ts"

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "0" },
    faults: { type: "string", default: "0" },
    signals: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    /** Milliseconds beyond a step that an interruption may take. */
    grace: { type: "string", default: "1000" },
    quiet: { type: "boolean", default: false }
  }
})

const seed = Number(values.seed)
const grace = Number(values.grace)

const programs: ReadonlyArray<readonly [string, number, (options: Options) => Promise<Report>]> = [
  ["kills", Number(values.kills), kills],
  ["faults", Number(values.faults), faults],
  ["signals", Number(values.signals), (options) => signals({ ...options, grace })]
]

let lost = 0
for (const [name, trials, run] of programs) {
  if (!(trials > 0)) continue
  console.log(`${name}: ${trials}, seed ${seed}`)
  const random = Random.make(seed, Random.keyOf(name))
  const { counts, violations } = await run({
    trials,
    random,
    tell: (line) => values.quiet || console.log(`  ${line}`)
  })
  for (const [what, times] of counts) console.log(`  ${what}: ${times}`)
  for (const violation of violations) console.log(`  LOST  ${violation}`)
  console.log(violations.length === 0 ? `  nothing was lost` : `  ${violations.length} violations`)
  lost += violations.length
}
process.exitCode = lost === 0 ? 0 : 1
