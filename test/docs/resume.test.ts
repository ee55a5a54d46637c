/** The tutorial's own project: however a run of its task stops, its log is that of one that never did. */
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Markdown from "./Markdown.ts"
import * as Modules from "./Modules.ts"
import * as Pages from "./Pages.ts"
import * as Sandbox from "./Sandbox.ts"

const sandbox = Sandbox.ofPackage()
const project = path.join(sandbox, "rides")
const anneal = path.join(sandbox, "node_modules/anneal/bin/anneal.mjs")
afterAll(() => Sandbox.remove(sandbox))

/** Starts a module of the project; what it said and how it ended comes with `ended`. */
const started = (...words: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, words, { cwd: project, env: { ...process.env, CI: "1" } })
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

/** Each step is logged, so that one that is missing is seen; an epoch is long, so that none ends where a run is stopped. */
const overrides = (name: string) => [
  `hydra.run.dir=outputs/runs/${name}`,
  "trainer.log_every_n_steps=1",
  "trainer.max_epochs=3",
  "data.batch_size=1"
]

const train = (name: string, ...others: ReadonlyArray<string>) => [
  anneal,
  "train",
  ...overrides(name),
  ...others
]

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
  const { child, ended } = started(...train(name, ...resume))
  const lines = () => (existsSync(logOf(name)) ? readFileSync(logOf(name), "utf8").split("\n").length - 2 : 0)
  while (lines() < rows && child.exitCode === null) await wait(20)
  child.kill(signal)
  const end = await ended
  if (signal === "SIGINT")
    assert.strictEqual(stepOf(name, "run.json"), stepOf(name, "checkpoints/last/state.json"))
  assert.match(end, signal === "SIGINT" ? /^130\n/ : /^SIGKILL\n/)
}

beforeAll(async () => {
  const page = Pages.all.find((one) => one.path === "docs/tutorial.md")
  if (page === undefined) return assert.fail("there is no tutorial")
  const configs = page.blocks.flatMap((block): ReadonlyArray<readonly [string, string]> => {
    const file = Markdown.marker(block, "file")?.text
    return file === undefined || !file.endsWith(".yaml") ? [] : [[file, block.text]]
  })
  for (const [name, text] of [...Modules.of(page), ...configs]) {
    const file = path.join(sandbox, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  await run("src/draw.ts")
  await run(...train("whole"))
}, 120_000)

describe("a run of the tutorial's task", () => {
  it.each<NodeJS.Signals>(["SIGINT", "SIGKILL"])(
    "loses no row to %s, and has none twice",
    async (signal) => {
      const name = signal.toLowerCase()
      await stopped(name, [], 260, signal)
      const resume = `resume=outputs/runs/${name}`
      assert.isTrue(existsSync(path.join(project, "outputs/runs", name, "checkpoints/last")))
      await stopped(name, [resume], 520, signal)
      await run(...train(name, resume))
      assert.deepStrictEqual(rowsOf(name), rowsOf("whole"))
    },
    120_000
  )
})
