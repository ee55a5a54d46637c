/**
 * Composing a tree of about 30 files and 400 keys, as a multiple of what `hydra.compose` takes for the same tree; and
 * `anneal config show` as a process, as a multiple of what a Hydra application's `--cfg job` takes.
 *
 * Run: `npm run bench:config -- [--rounds 41] [--processes 9]`. Both sides take turns on the same machine, read the
 * files anew each time, and must arrive at the same value first. What is printed is the median of the ratios within a
 * turn. The process is that of an installed package, so `npm run build` comes first. Without Python, or without hydra-core 1.3 and a way to install it, the bench says so and ends with 0.
 */
import { spawn, spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { createInterface } from "node:readline"
import { isDeepStrictEqual, parseArgs } from "node:util"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Config from "../src/config/Config.ts"
import * as Oracle from "../test/hydra/Oracle.ts"
import { median } from "./fixtures/median.ts"

const script = path.join(import.meta.dirname, "fixtures", "composer.py")
const root = path.dirname(import.meta.dirname)

/** The package as npm installs it, without the sources that a checkout compares with its bundle. */
const install = (folder: string): string => {
  if (!existsSync(path.join(root, "dist", "cli", "main.mjs"))) throw new Error("npm run build comes first")
  for (const name of ["bin", "dist/cli", "configs", "package.json"])
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true })
  return path.join(folder, "bin", "anneal.mjs")
}

const groups = ["data", "model", "loss", "optimizer", "schedule", "trainer", "logger", "metric", "export"]
const fields = ["first", "second", "third"]

/** Options that nest two others, with sections of values, lists and interpolations: 28 files, all of them merged. */
const tree = (): ReadonlyMap<string, string> => {
  const files = new Map<string, string>()
  for (const [index, group] of groups.entries()) {
    files.set(`${group}/base`, section(group, index, "base"))
    files.set(`${group}/part/small`, section(group, index, "part"))
    files.set(
      `${group}/large`,
      `defaults:\n  - base\n  - part: small\n  - _self_\n${section(group, index, "large")}`
    )
  }
  const choices = groups.map((group) => `  - ${group}: large`).join("\n")
  files.set("config", `defaults:\n${choices}\n  - _self_\n\nseed: 0\nroot: outputs/\${run}\nrun: first\n`)
  return files
}

const section = (group: string, index: number, name: string): string =>
  fields
    .map(
      (field) => `${name}_${field}:
  name: ${group}_${name}
  rate: ${index + 1}e-3
  path: \${root}/${group}/${field}
  enabled: true
  sizes: [1, 2.5, ${index}]
`
    )
    .join("")

const write = (folder: string): void => {
  for (const [name, text] of tree()) {
    const file = path.join(folder, `${name}.yaml`)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

const overrides = ["seed=3", "data.large_first.rate=0.5", "+model.extra=[1,2]", "run=second"]

const countKeys = (value: unknown): number =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.values(value).reduce((sum: number, child) => sum + 1 + countKeys(child), 0)
    : 0

/** A Python that composes when asked. */
const open = (python: string, folder: string) => {
  const child = spawn(python, [script, folder], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (value: boolean): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify({ value, overrides })}\n`)
    const { value: line, done } = await lines.next()
    if (done === true) throw new Error("composer.py ended early")
    return JSON.parse(line)
  }
  return { ask, close: () => child.stdin.end() }
}

const composing = (folder: string) =>
  Config.compose({
    searchPath: [folder],
    configName: "config",
    overrides,
    runtime: { cwd: folder, now: new Date(), env: process.env, jobName: "bench" }
  })

/** Seconds that one composition takes. */
const time = async (folder: string): Promise<number> => {
  const started = performance.now()
  await Effect.runPromise(Effect.provide(composing(folder), NodeServices.layer))
  return (performance.now() - started) / 1000
}

/** Seconds from spawning until the process has ended. */
const timeProcess = (command: string, args: ReadonlyArray<string>, cwd: string): number => {
  const started = performance.now()
  const { status, stderr } = spawnSync(command, args, { cwd, stdio: ["ignore", "ignore", "pipe"] })
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stderr}`)
  return (performance.now() - started) / 1000
}

interface Turn {
  readonly ours: number
  readonly theirs: number
}

const print = (name: string, turns: ReadonlyArray<Turn>, target: number): void => {
  const ms = (seconds: number) => `${(seconds * 1000).toFixed(1)} ms`
  const ratio = median(turns.map(({ ours, theirs }) => theirs / ours))
  const sides = `${ms(median(turns.map(({ ours }) => ours)))} to ${ms(median(turns.map(({ theirs }) => theirs)))}`
  console.log(`${name.padEnd(28)} ${ratio.toFixed(1)} times as fast (${sides}; target ${target})`)
  if (ratio < target) process.exitCode = 1
}

interface Bench {
  readonly python: string
  readonly folder: string
  readonly binary: string
  readonly rounds: number
  readonly processes: number
}

const run = async ({ python, folder, binary, rounds, processes }: Bench): Promise<void> => {
  const hydra = open(python, folder)
  const resolved = Effect.flatMap(composing(folder), Config.resolve)
  const ours = await Effect.runPromise(Effect.provide(resolved, NodeServices.layer))
  const theirs = await hydra.ask(true)
  if (!isDeepStrictEqual(ours, theirs)) throw new Error("the two values differ")
  console.log(`${tree().size} files, ${countKeys(ours)} keys, the same value on both sides`)
  for (let i = 0; i < 10; i += 1) await time(folder)
  const turns: Array<Turn> = []
  for (let i = 0; i < rounds; i += 1) {
    const theirs = Number(await hydra.ask(false))
    turns.push({ ours: await time(folder), theirs })
  }
  hydra.close()
  print("compose", turns, 20)
  const show = () =>
    timeProcess(
      process.execPath,
      [binary, "config", "show", "--config-path", folder, "-cn", "config"],
      folder
    )
  const app = () => timeProcess(python, [script, "app", folder, "--cfg", "job"], folder)
  show()
  app()
  const shown = Array.from({ length: processes }, (): Turn => ({ ours: show(), theirs: app() }))
  print("anneal config show, a process", shown, 3)
}

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "41" }, processes: { type: "string", default: "9" } }
})
const found = Oracle.find()
if ("absent" in found) console.log(`SKIPPED, nothing to compare with: ${found.absent}`)
else {
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-bench-config-"))
  console.log(`Node ${process.version}, ${found.versions}`)
  try {
    const binary = install(path.join(folder, "installed"))
    const configs = path.join(folder, "configs")
    write(configs)
    const [rounds, processes] = [Number(values.rounds), Number(values.processes)]
    await run({ python: found.python, folder: configs, binary, rounds, processes })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
