/**
 * What a pipeline of twenty stages costs that has nothing to do: time of whole processes, beside an empty one.
 *
 * Run: `node bench/pipeline.ts [runs]`. The first run fills the cache.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const runs = Number(process.argv[2] ?? 15)
const folder = mkdtempSync(join(tmpdir(), "anneal-bench-"))

/** Milliseconds that a whole process takes, and what it prints. */
const timed = (args: ReadonlyArray<string>) => {
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: join(import.meta.dirname, ".."),
    encoding: "utf8",
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") }
  })
  if (status !== 0) throw new Error(stderr)
  return { wall: performance.now() - started, stdout }
}

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

const report = (name: string, args: ReadonlyArray<string>) => {
  timed(args)
  const last = timed(args).stdout.trim()
  const walls = Array.from({ length: runs }, () => timed(args).wall)
  console.log(
    `${name.padEnd(36)} ${median(walls).toFixed(0).padStart(5)} ms  (least ${Math.min(...walls).toFixed(0)})  ${last}`
  )
}

report("node -e 0", ["-e", "0"])
report("effect/Effect and effect/Schema", [
  "--input-type=module",
  "-e",
  "await import('effect/Effect'); await import('effect/Schema')"
])
report("twenty stages, nothing to do", [
  "--conditions=@anneal/source",
  join(import.meta.dirname, "fixtures/twentyStages.ts"),
  folder
])
rmSync(folder, { recursive: true })
