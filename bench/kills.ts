/**
 * Kills a pipeline at random moments with SIGKILL and starts it again: finished stages run once, the result is that of
 * an undisturbed one.
 *
 * Run: `npm run kills`, or `npm run kills -- 200`. test/pipeline/kills.test.ts says what is looked at.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"

const [kills = "50"] = process.argv.slice(2)
const root = join(import.meta.dirname, "..")
const { status } = spawnSync("vitest", ["run", "test/pipeline/kills.test.ts"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, ANNEAL_KILLS: kills }
})
process.exitCode = status ?? 1
