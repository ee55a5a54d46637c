/** The trials of the chaos harness: each disturbs child processes and reports what must not happen. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Random } from "../../src/pipeline/nn/Random.ts"
import * as ChaosRun from "./ChaosRun.ts"

export interface Report {
  /** How often each thing was seen. */
  readonly counts: ReadonlyMap<string, number>
  /** What must not be, each with where it happened. */
  readonly violations: ReadonlyArray<string>
}

export interface Options {
  readonly trials: number
  readonly random: Random
  /** Called with each trial as it ends. */
  readonly tell: (line: string) => void
}

const make = () => {
  const counts = new Map<string, number>()
  const violations: Array<string> = []
  return {
    counts,
    violations,
    count: (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1),
    /** Adds what is wrong, with where. */
    blame: (where: string, problems: ReadonlyArray<string>) =>
      violations.push(...problems.map((problem) => `${where}: ${problem}`))
  }
}

/** A folder for run directories that goes with what is done in it. */
const inFolder = async <A>(use: (next: () => string) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "anneal-chaos-"))
  let runs = 0
  const result = await use(() => join(folder, `run-${runs++}`)).finally(() =>
    rmSync(folder, { recursive: true, force: true })
  )
  return result
}

const undisturbed = async (directory: string): Promise<ChaosRun.Outcome> => {
  const { code, stderr } = await ChaosRun.start(directory).ended
  if (code !== 0) throw new Error(`the undisturbed run ended with ${code}: ${stderr}`)
  return ChaosRun.outcome(directory)
}

/**
 * Kills children at random moments, each going on in the directory where the one before it was killed. A run that
 * gets to its end must be, to the last number and bit, the run that nobody killed.
 */
export const kills = ({ trials, random, tell }: Options): Promise<Report> =>
  inFolder(async (next) => {
    const { counts, violations, count, blame } = make()
    const wanted = await undisturbed(next())
    let directory = next()
    let reached = 0
    for (let done = 0; done < trials; ) {
      const from = random.chance(0.15) ? "start" : "ready"
      const delay = Math.floor(from === "start" ? random.between(0, 1500) : random.between(0, 900) ** 2 / 900)
      const ended = await ChaosRun.killed(ChaosRun.start(directory), from, delay)
      const where = `kill ${done + 1}, ${delay} ms after ${from}`
      if (ended.signal === "SIGKILL") {
        const found = await ChaosRun.inspect(directory)
        done += 1
        count("killed")
        for (const what of found.left) count(`left ${what}`)
        if (found.step === 0) count("killed before the first checkpoint")
        if (found.step < reached) blame(where, [`last went back from step ${reached} to ${found.step}`])
        blame(where, found.violations)
        reached = found.step
        tell(
          `${where}: step ${found.step}${found.left.length === 0 ? "" : `, left ${found.left.join(" and ")}`}`
        )
        continue
      }
      if (ended.code === 0) {
        count("finished")
        blame(where, ChaosRun.differences(ChaosRun.outcome(directory), wanted))
        tell(`${where}: finished`)
      } else blame(where, [`could not go on: ended with ${ended.code ?? ended.signal}: ${ended.stderr}`])
      directory = next()
      reached = 0
    }
    // What was killed last must be able to go on as well.
    const rest = await ChaosRun.start(directory).ended
    if (rest.code === 0) blame("the end", ChaosRun.differences(ChaosRun.outcome(directory), wanted))
    else blame("the end", [`could not go on: ended with ${rest.code ?? rest.signal}: ${rest.stderr}`])
    return { counts, violations }
  })

const faultNames = ["ENOSPC", "EACCES", "EPERM", "EIO"] as const

/**
 * Lets a call to the file system fail, and with half of the trials every later one too. The run may fail, with a
 * sentence; what it saved before must load, and it must go on once the fault is gone, to the same weights.
 */
export const faults = ({ trials, random, tell }: Options): Promise<Report> =>
  inFolder(async (next) => {
    const { counts, violations, count, blame } = make()
    const wanted = await undisturbed(next())
    for (let trial = 1; trial <= trials; trial++) {
      const directory = next()
      const fault = random.pick(faultNames)
      const call = 1 + random.int(random.chance(0.3) ? 40 : 1600)
      const lasting = random.chance(0.5) ? "on" : "once"
      const where = `fault ${trial}, ${fault} at call ${call}, ${lasting}`
      const ended = await ChaosRun.start(directory, fault, String(call), lasting).ended
      count(ended.code === 0 ? "got through" : "failed with a sentence")
      if (ended.code !== 0 && ended.code !== 1)
        blame(where, [`ended with ${ended.code ?? ended.signal} instead of a typed failure: ${ended.stderr}`])
      const found = await ChaosRun.inspect(directory)
      blame(where, found.violations)
      const rest = await ChaosRun.start(directory).ended
      if (rest.code !== 0)
        blame(where, [`could not go on: ended with ${rest.code ?? rest.signal}: ${rest.stderr}`])
      else {
        const { weights, optimizer } = ChaosRun.outcome(directory)
        // A tracker that could not write lost lines, which is its part of the bargain; weights are not.
        blame(where, ChaosRun.differences({ ...wanted, weights, optimizer }, wanted))
      }
      tell(
        `${where}: ${ended.code === 0 ? "got through" : `step ${found.step}, ${ended.stderr.split("\n")[0]}`}`
      )
    }
    return { counts, violations }
  })
