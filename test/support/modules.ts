/** Tells which modules a program loads, by running it. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { pathToFileURL } from "node:url"

export interface Loaded {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Addresses of the modules in the order of loading: `file:` for packages and our own, `node:` for Node's. */
  readonly modules: ReadonlyArray<string>
  /** Names of the packages that some of the modules belong to, such as `@tensorflow/tfjs-core`, sorted. */
  readonly packages: ReadonlyArray<string>
}

const root = path.dirname(path.dirname(import.meta.dirname))
const recorder = pathToFileURL(path.join(import.meta.dirname, "recordModules.mjs")).href

/**
 * Runs `anneal` with these arguments and records what it loads, by `import`, `import()` or `require`.
 *
 * What was bundled is a part of our own files and counts as no package any more. What a command must not load
 * (TensorFlow.js, sharp, canvas) is never bundled, so it is always seen here.
 */
export const loadedByAnneal = (...args: ReadonlyArray<string>): Loaded => loadedByAnnealIn(root, ...args)

/** The same in a folder of one's own, for commands that write where they are started. */
export const loadedByAnnealIn = (cwd: string, ...args: ReadonlyArray<string>): Loaded =>
  loadedIn(cwd, path.join(root, "bin", "anneal.mjs"), ...args)

/** The same for `node` with any arguments, run in the root of the project. */
export const loadedByNode = (...args: ReadonlyArray<string>): Loaded => loadedIn(root, ...args)

const loadedIn = (cwd: string, ...args: ReadonlyArray<string>): Loaded => {
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-modules-"))
  const record = path.join(folder, "modules")
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", recorder, ...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ANNEAL_RECORD_MODULES: record }
  })
  const modules = readFileSync(record, "utf8")
    .split("\n")
    .filter((line) => line !== "")
  rmSync(folder, { recursive: true })
  const names = modules.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? [])
  return { code: status, stdout, stderr, modules, packages: [...new Set(names)].sort() }
}
