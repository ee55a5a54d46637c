/** Ctrl-C at random moments of the real `anneal train`. */
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import * as Anneal from "../support/anneal.ts"
import * as Project from "../support/project.ts"
import * as ChaosRun from "./ChaosRun.ts"
import type { Options, Report } from "./chaos.ts"

/** What is trained: where its runs are, and how its steps come to take next to no time. */
interface Subject {
  readonly task: string
  readonly program: string
  readonly settings: ReadonlyArray<string>
  readonly folder: () => string
}

const cli = (entry: string) => join(import.meta.dirname, "../../src/cli", entry)

export const detector: Subject = {
  task: "text_detection",
  program: cli("main.ts"),
  settings: [...Anneal.small, "data.workers=1"],
  folder: () => mkdtempSync(join(tmpdir(), "anneal-signals-"))
}

/** A task of somebody else's, in a project of its own. */
export const foreign: Subject = {
  task: "stripes",
  program: cli("sharedMain.ts"),
  settings: ["data.threads=1", "figure_images=0"],
  folder: Project.foreign
}

const args = ({ program, settings }: Subject, name: string) => [
  program,
  "train",
  ...settings,
  "callbacks.early_stopping.enabled=false",
  "trainer.max_epochs=-1",
  "trainer.log_every_n_steps=1",
  "callbacks.model_checkpoint.every_n_train_steps=3",
  `exp_name=${name}`
]

const groupLives = (pid: number): boolean => {
  try {
    return process.kill(-pid, 0)
  } catch {
    return false
  }
}

interface Stopped {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
  /** From the signal to the end, milliseconds. */
  readonly took: number
  /** A process of the group outlived it. */
  readonly orphan: boolean
}

/** Trains in a process group of its own, and sends it `signals` times SIGINT, the first after `delay` ms. */
const stopped = async (
  cwd: string,
  words: ReadonlyArray<string>,
  delay: number,
  signals: number
): Promise<Stopped> => {
  const child = spawn(process.execPath, words, {
    cwd,
    env: { ...process.env, CI: "1" },
    detached: true,
    stdio: ["ignore", "ignore", "pipe"]
  })
  let stderr = ""
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk)
  })
  const ended = new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve) =>
    child.on("close", (code, signal) => resolve([code, signal]))
  )
  await Promise.race([sleep(delay), ended])
  const begun = performance.now()
  for (let sent = 0; sent < signals; sent++) {
    child.kill("SIGINT")
    await Promise.race([sleep(30), ended])
  }
  const [code, signal] = await ended
  const took = performance.now() - begun
  const orphan = child.pid !== undefined && groupLives(child.pid)
  if (orphan && child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
  return { code, signal, stderr, took, orphan }
}

/** Longest step that `run.json` lets expect, milliseconds. */
const stepOf = (run: string): number => {
  const { durations, steps } = JSON.parse(readFileSync(join(run, "run.json"), "utf8"))
  return steps > 0 ? (1000 * (durations.step + durations.data)) / steps : 0
}

const lasting = (cwd: string, { task }: Subject, name: string): string | undefined => {
  const folder = join(cwd, "outputs/experiments/train", task, name)
  return existsSync(folder) ? join(folder, readdirSync(folder).toSorted().at(-1) ?? "") : undefined
}

const wrong = async (run: string | undefined, { code, signal, stderr, orphan }: Stopped) => {
  const found = run === undefined ? undefined : await ChaosRun.inspect(run)
  // Before Node runs any of our code a signal ends it as it ends any process, with nothing begun.
  const early = signal === "SIGINT" && run === undefined
  // So does one that comes when everything is reported and only the process is left.
  const late = signal === "SIGINT" && stderr.includes("the last checkpoint is saved. Resume with:")
  const status =
    run === undefined ? "interrupted" : JSON.parse(readFileSync(join(run, "run.json"), "utf8")).status
  return [
    ...(code === 130 || early || late ? [] : [`ended with ${code ?? signal}: ${stderr.slice(-400)}`]),
    ...(orphan ? ["a process outlived it"] : []),
    ...(status === "interrupted" ? [] : [`run.json says ${status}`]),
    ...(found?.left.map((what) => `left ${what}`) ?? []),
    ...(found?.violations ?? [])
  ]
}

/**
 * Interrupts training at random moments, sometimes twice. It must end with 130, within a step and `grace`
 * milliseconds, leave neither process nor lock, and whole checkpoints.
 */
export const signals = async ({
  trials,
  random,
  tell,
  grace,
  subject = detector
}: Options & { readonly grace: number; readonly subject?: Subject }): Promise<Report> => {
  const cwd = subject.folder()
  const counts = new Map<string, number>()
  const violations: Array<string> = []
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)
  for (let trial = 1; trial <= trials; trial++) {
    const name = `trial-${trial}`
    const delay = Math.floor(random.between(0, 6000))
    const twice = random.chance(0.25)
    const ended = await stopped(cwd, args(subject, name), delay, twice ? 2 : 1)
    const run = lasting(cwd, subject, name)
    const step = run === undefined ? 0 : stepOf(run)
    const where = `signal ${trial}, after ${delay} ms${twice ? ", twice" : ""}`
    const problems = await wrong(run, ended)
    const late =
      ended.took > grace + 2 * step
        ? [`took ${Math.round(ended.took)} ms with steps of ${Math.round(step)} ms`]
        : []
    violations.push(...[...problems, ...late].map((problem) => `${where}: ${problem}`))
    count(run === undefined ? "before anything was written" : "in a run directory")
    count(`ended with ${ended.code ?? ended.signal}`)
    tell(
      `${where}: ${ended.code ?? ended.signal} in ${Math.round(ended.took)} ms${run === undefined ? "" : `, step ${Math.round(step)} ms`}`
    )
    rmSync(join(cwd, "outputs"), { recursive: true, force: true })
  }
  rmSync(cwd, { recursive: true, force: true })
  return { counts, violations }
}
