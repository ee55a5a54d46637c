/** The tutorial's own wiring of a run directory: however a run of it stops, its log is that of one that never did. */
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Modules from "./Modules.ts"
import * as Pages from "./Pages.ts"
import * as Sandbox from "./Sandbox.ts"

const sandbox = Sandbox.ofSources()
const project = path.join(sandbox, "rides")
afterAll(() => Sandbox.remove(sandbox))

/** Starts a module of the project; what it said and how it ended comes with `ended`. */
const started = (...words: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, ["--conditions=@anneal/source", ...words], { cwd: project })
  let said = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      said += String(chunk)
    })
  }
  const ended = new Promise<string>((resolve) =>
    child.on("close", (code, signal) => resolve(`${code ?? signal}\n${said}`))
  )
  return { child, ended }
}

const run = async (...words: ReadonlyArray<string>) => {
  const ended = await started(...words).ended
  assert.match(ended, /^0\n/)
}

const logOf = (name: string) => path.join(project, "outputs/runs", name, "metrics.csv")

/** The rows of a log without their pace, which no two runs share. */
const rowsOf = (name: string): ReadonlyArray<string> => {
  const [header = "", ...rows] = readFileSync(logOf(name), "utf8").trimEnd().split("\n")
  const columns = header.split(",")
  const kept = (row: string) =>
    row
      .split(",")
      .map((cell, i) => `${columns[i]}=${cell}`)
      .filter((cell) => !cell.startsWith("samples_per_second=") && !cell.endsWith("="))
      .toSorted()
      .join(" ")
  return rows.map(kept)
}

/** The step that a file of the run has. */
const stepOf = (name: string, file: string): number => {
  const { step, steps } = JSON.parse(readFileSync(path.join(project, "outputs/runs", name, file), "utf8"))
  return step ?? steps
}

/** Starts or resumes the run `name`, and stops it once its log has `rows` rows. */
const stopped = async (name: string, resume: ReadonlyArray<string>, rows: number, signal: NodeJS.Signals) => {
  const { child, ended } = started("src/logged.ts", name, ...resume)
  const lines = () => (existsSync(logOf(name)) ? readFileSync(logOf(name), "utf8").split("\n").length - 2 : 0)
  while (lines() < rows && child.exitCode === null) await wait(20)
  child.kill(signal)
  const end = await ended
  if (signal === "SIGINT")
    assert.strictEqual(stepOf(name, "run.json"), stepOf(name, "checkpoints/last/state.json"))
  assert.match(end, signal === "SIGINT" ? /^130\n/ : /^SIGKILL\n/)
}

const changed = (file: string, from: string, to: string) => {
  const at = path.join(project, file)
  const text = readFileSync(at, "utf8")
  assert.include(text, from)
  writeFileSync(at, text.replace(from, to))
}

beforeAll(async () => {
  const page = Pages.all.find((one) => one.path === "docs/tutorial.md")
  if (page === undefined) return assert.fail("there is no tutorial")
  for (const [name, text] of Modules.of(page)) {
    const file = path.join(sandbox, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  // Each step is logged, so that one that is missing is seen; an epoch is long, so that none ends where a run is stopped.
  changed("src/logged.ts", "RunRecorder.make(20)", "RunRecorder.make(1)")
  changed("src/logged.ts", "batchSize: 16", "batchSize: 1")
  changed("src/program.ts", "maxEpochs: 60", "maxEpochs: 6")
  await run("src/draw.ts")
  await run("src/logged.ts", "whole")
}, 120_000)

describe("the tutorial's logged run", () => {
  it.each<NodeJS.Signals>(["SIGINT", "SIGKILL"])(
    "loses no row to %s, and has none twice",
    async (signal) => {
      const name = signal.toLowerCase()
      await stopped(name, [], 330, signal)
      const resume = existsSync(path.join(project, "outputs/runs", name, "checkpoints/last")) ? ["last"] : []
      assert.deepStrictEqual(resume, ["last"])
      await stopped(name, resume, 660, signal)
      await run("src/logged.ts", name, "last")
      assert.deepStrictEqual(rowsOf(name), rowsOf("whole"))
    },
    120_000
  )
})
