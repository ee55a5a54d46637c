/** Finds a Python that has the official readers of a format; tests that need one are skipped without it. */
import { execFileSync, spawnSync } from "node:child_process"

const candidates = [...(process.env["ANNEAL_TEST_PYTHON"] ?? "").split(":"), "python3"].filter(
  (one) => one !== ""
)

/** A Python interpreter that imports all of `modules`, or undefined. ANNEAL_TEST_PYTHON names some, `:` between. */
export const withModules = (...modules: ReadonlyArray<string>): string | undefined =>
  candidates.find(
    (python) => spawnSync(python, ["-c", `import ${modules.join(", ")}`], { stdio: "ignore" }).status === 0
  )

/** Says once why a test is skipped. */
export const skipped = (what: string, modules: ReadonlyArray<string>): void => {
  process.stderr.write(
    `skipped: ${what} (no Python with ${modules.join(", ")}; pip install them, or set ANNEAL_TEST_PYTHON)\n`
  )
}

/** What a script prints, as JSON. */
export const run = (python: string, script: string, args: ReadonlyArray<string>): unknown =>
  JSON.parse(execFileSync(python, ["-c", script, ...args], { encoding: "utf8", maxBuffer: 1 << 26 }))
