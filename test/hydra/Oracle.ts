/** The real Hydra, as a Python process that answers cases line by line; see oracle.py. */
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const script = join(import.meta.dirname, "oracle.py")

/** A Python with hydra-core 1.3, or the sentence that says why there is none. */
export const find = ():
  | { readonly python: string; readonly versions: string }
  | { readonly absent: string } => {
  const given = process.env.HYDRA_PYTHON
  const candidates = given === undefined ? ["python3"] : [given]
  for (const python of candidates) {
    const versions = versionsOf(python)
    if (versions !== undefined) return { python, versions }
  }
  if (given !== undefined) return { absent: `HYDRA_PYTHON=${given} has no hydra-core` }
  return install()
}

const versionsOf = (python: string): string | undefined => {
  const result = spawnSync(python, [script, "--version"], { encoding: "utf8" })
  return result.status === 0 ? result.stdout.trim() : undefined
}

/** A virtual environment of its own in the temporary folder, kept for the next time. */
const install = (): ReturnType<typeof find> => {
  const home = join(tmpdir(), "anneal-hydra-1.3")
  const python = join(home, "bin", "python")
  if (!existsSync(python)) {
    const made = spawnSync("python3", ["-m", "venv", home], { encoding: "utf8" })
    if (made.status !== 0)
      return { absent: `python3 -m venv failed: ${made.stderr ?? made.error?.message ?? ""}` }
  }
  const versions = versionsOf(python)
  if (versions !== undefined) return { python, versions }
  const installed = spawnSync(python, ["-m", "pip", "install", "--quiet", "hydra-core==1.3.*"], {
    encoding: "utf8",
    timeout: 120_000
  })
  const now = versionsOf(python)
  return now === undefined
    ? { absent: `hydra-core could not be installed: ${(installed.stderr ?? "").slice(-300)}` }
    : { python, versions: now }
}

/** The answers to cases, in order. Environment variables are exactly those given, besides what Python needs. */
export const ask = (
  python: string,
  cases: ReadonlyArray<unknown>,
  env: Readonly<Record<string, string>> = {}
): ReadonlyArray<unknown> => {
  const cwd = mkdtempSync(join(tmpdir(), "anneal-oracle-"))
  const result = spawnSync(python, [script], {
    cwd,
    input: `${cases.map((one) => JSON.stringify(one)).join("\n")}\n`,
    encoding: "utf8",
    maxBuffer: 1 << 30,
    env: { PATH: process.env.PATH ?? "", ...env }
  })
  if (result.status !== 0) throw new Error(`the oracle stopped: ${result.stderr.slice(-2000)}`)
  return result.stdout
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line))
}
