/**
 * Kills a pipeline at random moments, with SIGKILL, and starts it again until it ends.
 *
 * A short form runs with every test; `npm run kills` is the long one.
 */
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "vitest"
import * as Random from "../../src/pipeline/nn/Random.ts"

const kills = Number(process.env["ANNEAL_KILLS"] ?? 6)
const program = join(import.meta.dirname, "fixtures/killed.ts")

interface Life {
  /** What it printed last, if it ended by itself. */
  readonly result: string | undefined
}

/** When a life ends: so many lines after it began to work, and so many milliseconds after that. */
interface Moment {
  readonly lines: number
  readonly milliseconds: number
}

/** One life of the process, killed if it reaches the moment. */
const live = (folder: string, moment: Moment | undefined): Promise<Life> => {
  const child = spawn(process.execPath, [program, folder, "60"], { stdio: ["ignore", "pipe", "inherit"] })
  let printed = ""
  let killer: NodeJS.Timeout | undefined
  child.stdout.on("data", (chunk) => {
    printed += String(chunk)
    if (moment === undefined || killer !== undefined || printed.split("\n").length <= moment.lines + 1) return
    killer = setTimeout(() => child.kill("SIGKILL"), moment.milliseconds)
  })
  const ended = Promise.withResolvers<Life>()
  child.on("close", (code, signal) => {
    clearTimeout(killer)
    if (signal === "SIGKILL") ended.resolve({ result: undefined })
    else if (code === 0) ended.resolve({ result: printed.trim().split("\n").at(-1) })
    else ended.reject(new Error(`the pipeline ended with ${code}:\n${printed}`))
  })
  return ended.promise
}

const column = (folder: string, sql: string): ReadonlyArray<string> => {
  const path = join(folder, "cache/cache.db")
  if (!existsSync(path)) return []
  const database = new DatabaseSync(path)
  const isMade =
    database.prepare("SELECT name FROM sqlite_schema WHERE name = 'activity'").get() !== undefined
  const rows = isMade ? database.prepare(sql).all() : []
  database.close()
  return rows.map((row) => String(row["it"]))
}

/** Keys of the stages whose results are recorded, as their folders are called. */
const finished = (folder: string): ReadonlySet<string> =>
  new Set(column(folder, "SELECT key AS it FROM stage").map((key) => key.replace("sha256:", "")))

/** Activities that finished, of the stage that has not. */
const journaled = (folder: string): ReadonlySet<string> =>
  new Set(column(folder, "SELECT name AS it FROM activity"))

const logOf = (folder: string): ReadonlyArray<string> =>
  existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8").trim().split("\n") : []

const numbers = (lines: ReadonlyArray<string>) =>
  lines.flatMap((line) => (line.startsWith("step ") ? [Number(line.slice(5))] : []))

/** What must hold of the lines that a life after others has written. */
const checkLife = (
  before: ReadonlySet<string>,
  activities: ReadonlySet<string>,
  earlier: ReadonlyArray<string>,
  now: ReadonlyArray<string>
) => {
  for (const line of now.filter((one) => one.startsWith("begin "))) {
    assert.isFalse(before.has(line.slice(6)), `a finished stage ran again: ${line}`)
  }
  for (const line of now.filter((one) => one.startsWith("activity "))) {
    assert.isFalse(activities.has(line), `a finished activity ran again: ${line}`)
  }
  const [first] = numbers(now)
  const done = Math.max(0, ...numbers(earlier))
  // Two micro-batches make a step and every other step is saved: a step or two are done again, never all of them.
  if (first !== undefined && done > 4) assert.isAtLeast(first, done - 4, "training began anew")
}

/** Starts it again until it ends by itself: the result, and how often it was killed. */
const untilItEnds = async (folder: string, random: Random.Random) => {
  for (let killed = 0; ; killed++) {
    const before = finished(folder)
    const activities = journaled(folder)
    const earlier = logOf(folder)
    // The first time among the activities of the first stage, which would else be over before most moments.
    const lines = killed === 0 ? 3 + random.int(3) : random.int(25)
    const { result } = await live(folder, { lines, milliseconds: random.between(0, 80) })
    checkLife(before, activities, earlier, logOf(folder).slice(earlier.length))
    if (result !== undefined) return { result, killed }
  }
}

const inFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "anneal-kills-"))
  const used = await use(folder)
  rmSync(folder, { recursive: true })
  return used
}

describe("a pipeline that is killed", () => {
  it(`${kills} times at random moments never runs a finished stage or activity again and gives what the undisturbed one gives`, {
    timeout: 60_000 + kills * 5000
  }, async () => {
    const undisturbed = await inFolder((folder) => live(folder, undefined))
    for (let total = 0, round = 0; total < kills; round++) {
      const { result, killed } = await inFolder(async (folder) => {
        const ended = await untilItEnds(folder, Random.make(11, round))
        const done = finished(folder)
        assert.strictEqual(done.size, 7)
        // A kill between the commit of a stage and the removal of its folder leaves that for `prune`.
        for (const left of readdirSync(join(folder, "cache/work"))) assert.isTrue(done.has(left), left)
        assert.strictEqual(journaled(folder).size, 0)
        return ended
      })
      assert.strictEqual(result, undisturbed.result)
      total += killed
    }
  })
})
