/**
 * How long the command line takes to start, as a multiple of a bare `node -e 0`.
 *
 * Run: `npm run bench:startup`, or with commands of your own, one an argument:
 * `node bench/startup.ts --rounds 31 "anneal config show" "anneal train trainer.max_epoch=3 =code2 <=5"`.
 * `=code2` says which exit code is right (0 by default); another one stops the bench. `<=5` is the most it may take.
 *
 * Bare node and the commands take turns, and what is printed is the median of the ratios within a turn, so that a
 * busy machine slows both sides of each ratio.
 */
import { spawnSync } from "node:child_process"
import path from "node:path"
import { parseArgs } from "node:util"

const defaults = [
  "anneal --help <=3.5",
  "anneal config show <=5",
  "anneal train trainer.max_epoch=3 =code2 <=5"
]

interface Target {
  readonly label: string
  readonly args: ReadonlyArray<string>
  readonly code: number
  readonly limit: number
}

const binary = path.join(path.dirname(import.meta.dirname), "bin", "anneal.mjs")

const parse = (text: string): Target => {
  const words = text.split(/\s+/).filter((word) => word !== "")
  const pick = (prefix: string) => words.find((word) => word.startsWith(prefix))?.slice(prefix.length)
  const args = words.slice(1).filter((word) => !word.startsWith("=code") && !word.startsWith("<="))
  return {
    label: `anneal ${args.join(" ")}`,
    args: [binary, ...args],
    code: Number(pick("=code") ?? 0),
    limit: Number(pick("<=") ?? Number.POSITIVE_INFINITY)
  }
}

/** Milliseconds from spawning until the process has ended. */
const time = ({ label, args, code }: Target): number => {
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] })
  const elapsed = performance.now() - started
  if (status !== code)
    throw new Error(`${label} ended with ${status} instead of ${code}:\n${stderr.toString()}`)
  return elapsed
}

const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]]
  return sorted.length % 2 === 1 ? high : (low + high) / 2
}

const { values, positionals } = parseArgs({
  options: { rounds: { type: "string", default: "21" } },
  allowPositionals: true
})
const bare: Target = { label: "node -e 0", args: ["-e", "0"], code: 0, limit: Number.POSITIVE_INFINITY }
const targets = (positionals.length > 0 ? positionals : defaults).map(parse)

for (const target of [bare, ...targets]) time(target)
const rounds = Array.from({ length: Number(values.rounds) }, () => {
  const base = time(bare)
  return { base, times: targets.map(time) }
})

console.log(`Node ${process.version}, ${rounds.length} rounds`)
console.log(
  `${bare.label.padEnd(44)} ${median(rounds.map(({ base }) => base))
    .toFixed(0)
    .padStart(6)} ms`
)
for (const [index, { label, limit }] of targets.entries()) {
  const times = rounds.map(({ times }) => times[index] ?? Number.NaN)
  const ratio = median(rounds.map(({ base }, round) => (times[round] ?? Number.NaN) / base))
  const verdict =
    limit === Number.POSITIVE_INFINITY ? "" : `  ${ratio <= limit ? "within" : "ABOVE"} ${limit}`
  console.log(
    `${label.padEnd(44)} ${median(times).toFixed(0).padStart(6)} ms  x${ratio.toFixed(2)}${verdict}`
  )
  if (ratio > limit) process.exitCode = 1
}
