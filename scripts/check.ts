/**
 * Runs all static checks in parallel and fails if one of them fails, or checked nothing.
 *
 * Run: `npm run check`, or `npm run check -- lint types` for some of them.
 */
import { spawn } from "node:child_process"
import { availableParallelism } from "node:os"
import { styleText } from "node:util"

interface Check {
  readonly name: string
  /** What it finds, for the report. */
  readonly about: string
  readonly command: ReadonlyArray<string>
  /** Its output if it has checked files: a check of nothing would pass without meaning. */
  readonly saw?: RegExp
}

/** In the order in which they start: the longest first. */
const checks: ReadonlyArray<Check> = [
  { name: "types", about: "TypeScript 7, strict", command: ["tsc", "--noEmit", "--project", "."] },
  {
    name: "package",
    about: "what npm would publish: manifest, files, types of each entry",
    command: ["node", "scripts/package.ts"],
    saw: /Checked [1-9]\d* entries/
  },
  {
    name: "effect",
    about: "floating effects, untyped failures, global clocks and generators",
    command: [
      "effect-tsgo",
      "diagnostics",
      "--project",
      "tsconfig.json",
      "--format",
      "text",
      "--strict",
      "--severity",
      "error,warning"
    ],
    saw: /Checked [1-9]\d* files/
  },
  {
    name: "unused",
    about: "files, exports and dependencies that nothing uses",
    command: ["knip", "--no-progress"]
  },
  {
    name: "lint",
    about: "any, !, casts, complexity over 8, long functions",
    command: ["oxlint", "--deny-warnings", "--report-unused-disable-directives"],
    saw: /on [1-9]\d* files? /
  },
  {
    name: "format",
    about: "layout and import order",
    command: ["biome", "check"],
    // One of them is always its own settings.
    saw: /Checked ([2-9]|\d{2,}) files/
  },
  {
    name: "architecture",
    about: "directions between rooms, cycles, unneeded rules, try, module state",
    command: ["node", "scripts/architecture.ts"],
    saw: /Checked [1-9]\d* files/
  }
]

interface Outcome {
  readonly check: Check
  readonly output: string
  readonly seconds: number
  readonly problem: string | undefined
}

const run = (check: Check): Promise<Outcome> => {
  const started = performance.now()
  const [program = "", ...args] = check.command
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  const collect = (data: Buffer) => {
    output += data.toString()
  }
  child.stdout.on("data", collect)
  child.stderr.on("data", collect)
  const finished = Promise.withResolvers<string | undefined>()
  child.on("error", (error) => finished.resolve(`could not start: ${error.message}`))
  child.on("close", (code) => {
    if (code !== 0) finished.resolve(`ended with ${code}`)
    else finished.resolve(check.saw?.test(output) === false ? "passed, but looked at no file" : undefined)
  })
  return finished.promise.then((problem) => ({
    check,
    output,
    problem,
    seconds: (performance.now() - started) / 1000
  }))
}

const report = ({ check, seconds, problem, output }: Outcome) => {
  const mark = problem === undefined ? styleText("green", "✓") : styleText("red", "✗")
  console.log(
    `${mark} ${check.name.padEnd(13)} ${seconds.toFixed(1).padStart(5)} s  ${problem ?? check.about}`
  )
  if (problem !== undefined) console.log(`${output.trim()}\n`)
}

const runAll = async (selected: ReadonlyArray<Check>): Promise<ReadonlyArray<Outcome>> => {
  const waiting = [...selected]
  const outcomes: Array<Outcome> = []
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const outcome = await run(check)
      report(outcome)
      outcomes.push(outcome)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return outcomes
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !checks.some((check) => check.name === name))
if (unknown.length > 0) {
  console.error(
    `No check is called ${unknown.join(", ")}; there are ${checks.map(({ name }) => name).join(", ")}.`
  )
  process.exitCode = 2
} else {
  const outcomes = await runAll(checks.filter(({ name }) => names.length === 0 || names.includes(name)))
  const failed = outcomes.filter(({ problem }) => problem !== undefined).map(({ check }) => check.name)
  console.log(failed.length === 0 ? `All ${outcomes.length} checks pass.` : `Failed: ${failed.join(", ")}.`)
  process.exitCode = failed.length === 0 ? 0 : 1
}
