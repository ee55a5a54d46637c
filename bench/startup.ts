/**
 * How long the command line takes to start, as a multiple of a bare `node -e 0`.
 *
 * Run: `npm run bench:startup`, or with commands of your own, one an argument:
 * `node bench/startup.ts --rounds 31 "anneal config show" "anneal train trainer.max_epoch=3 =code2 <=5"`.
 * `=code2` says which exit code is right (0 by default); another one stops the bench. `<=5` is the most it may take,
 * `<=1200ms` the same in milliseconds. One training step of the default model counts from the start of the process to
 * its end, which is a little after the step.
 *
 * Bare node and the commands take turns, and what is printed is the median of the ratios within a turn, so that a
 * busy machine slows both sides of each ratio.
 */
import { type SpawnSyncOptions, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import { parseArgs } from "node:util"
import { median } from "./fixtures/median.ts"

const defaults = [
  "anneal --help <=3.5",
  "anneal config show <=5",
  "anneal train trainer.max_epoch=3 =code2 <=5",
  [
    "anneal train trainer.accelerator=wasm trainer.max_steps=1 trainer.limit_val_batches=0",
    "trainer.enable_checkpointing=false callbacks.early_stopping.enabled=false logger=none",
    "hydra.run.dir=RUN <=1200ms"
  ].join(" ")
]

interface Target {
  readonly label: string
  readonly args: ReadonlyArray<string>
  readonly code: number
  /** Most times bare node, or most milliseconds. */
  readonly limit: number
  readonly unit: "x" | "ms"
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
    limit: Number.parseFloat(pick("<=") ?? "Infinity"),
    unit: pick("<=")?.endsWith("ms") === true ? "ms" : "x"
  }
}

/** Run directories of the commands that train, gone at the end. */
const scratch = mkdtempSync(path.join(os.tmpdir(), "anneal-startup-"))
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }))
let runs = 0

/** Milliseconds from spawning until the process has ended. */
const time = ({ label, args, code }: Target): number => {
  const started = performance.now()
  runs += 1
  const words = args.map((word) => word.replace("=RUN", `=${path.join(scratch, `run${runs}`)}`))
  const options: SpawnSyncOptions = { stdio: ["ignore", "ignore", "pipe"], cwd: scratch }
  const { status, stderr } = spawnSync(process.execPath, words, options)
  const elapsed = performance.now() - started
  if (status !== code)
    throw new Error(`${label} ended with ${status} instead of ${code}:\n${stderr.toString()}`)
  return elapsed
}

const { values, positionals } = parseArgs({
  options: { rounds: { type: "string", default: "21" } },
  allowPositionals: true
})
const bare: Target = {
  label: "node -e 0",
  args: ["-e", "0"],
  code: 0,
  limit: Number.POSITIVE_INFINITY,
  unit: "x"
}
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
for (const [index, { label, limit, unit }] of targets.entries()) {
  const times = rounds.map(({ times }) => times[index] ?? Number.NaN)
  const ratio = median(rounds.map(({ base }, round) => (times[round] ?? Number.NaN) / base))
  const found = unit === "ms" ? median(times) : ratio
  const verdict =
    limit === Number.POSITIVE_INFINITY
      ? ""
      : `  ${found <= limit ? "within" : "ABOVE"} ${limit}${unit === "ms" ? " ms" : ""}`
  console.log(
    `${label.slice(0, 44).padEnd(44)} ${median(times).toFixed(0).padStart(6)} ms  x${ratio.toFixed(2)}${verdict}`
  )
  if (found > limit) process.exitCode = 1
}
