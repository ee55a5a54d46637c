/** Runs the real command line in a folder of its own. */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export const program = join(import.meta.dirname, "..", "..", "bin", "anneal.mjs")

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when standard error has the text. */
  readonly says: (text: string) => Promise<void>
}

export const start = (cwd: string, ...args: ReadonlyArray<string>): Started => {
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...process.env, CI: "1" } })
  const said = { stdout: "", stderr: "" }
  const waiting: Array<() => void> = []
  child.stdout.on("data", (chunk) => {
    said.stdout += String(chunk)
  })
  child.stderr.on("data", (chunk) => {
    said.stderr += String(chunk)
    for (const look of waiting) look()
  })
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, ...said })))
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => said.stderr.includes(text) && resolve()
      waiting.push(look)
      look()
      void ended.then(({ stderr }) => reject(new Error(`ended without saying "${text}":\n${stderr}`)))
    })
  return { process: child, ended, says }
}

export const run = (cwd: string, ...args: ReadonlyArray<string>): Promise<Ended> => start(cwd, ...args).ended

export const temporary = (): string => mkdtempSync(join(tmpdir(), "anneal-e2e-"))

export const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true })

/** The only run directory of an experiment. */
export const runIn = (cwd: string, kind: string, experiment: string): string => {
  const folder = join(cwd, "outputs/experiments", kind, "text_detection", experiment)
  return join(folder, readdirSync(folder).toSorted().at(-1) ?? "")
}

/** Overrides that make training take seconds. */
export const small = [
  "model=dbnet_tiny",
  "data.train_size=8",
  "data.val_size=2",
  "data.test_size=2",
  "data.augment.crop=96",
  "data.long_side=256",
  "trainer.num_sanity_val_steps=0",
  "figure_images=1"
]
