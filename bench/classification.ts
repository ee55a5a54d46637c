/**
 * `node bench/classification.ts [--root ../shared/data/mnist-mini] [override …]`: `anneal train task=image_classification`
 * on digits as a user runs it, then `anneal test` of its best checkpoint.
 *
 * Ends with 1 where that is right on less than 98.5 % of the samples for tests, or training took over three minutes of
 * the clock, start-up included.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { parseArgs } from "node:util"
import { Schema } from "effect"

const { values, positionals } = parseArgs({
  options: { root: { type: "string", default: "../shared/data/mnist-mini" } },
  allowPositionals: true
})
const leastAccuracy = 0.985
const mostSeconds = 180

const project = path.resolve(import.meta.dirname, "..")
const folder = mkdtempSync(path.join(tmpdir(), "anneal-classification-"))

const anneal = (...args: ReadonlyArray<string>): number => {
  const begun = performance.now()
  const command = [path.join(project, "bin/anneal.mjs"), ...args]
  const { status } = spawnSync(process.execPath, command, { cwd: folder, stdio: "inherit" })
  if (status !== 0) throw new Error(`anneal ${args[0]} ended with ${status}`)
  return (performance.now() - begun) / 1000
}

const Record = Schema.fromJsonString(
  Schema.Struct({
    metrics: Schema.Record(Schema.String, Schema.Finite),
    engine: Schema.NullOr(Schema.String)
  })
)

const test = path.join(folder, "test")
const task = "task=image_classification"
const root = path.resolve(project, values.root)
const seconds = anneal("train", task, `data.root=${root}`, ...positionals)
anneal("test", task, "checkpoint_path=best", `hydra.run.dir=${test}`)
const { metrics, engine } = Schema.decodeUnknownSync(Record)(readFileSync(`${test}/run.json`, "utf8"))
rmSync(folder, { recursive: true })

const accuracy = metrics["test/accuracy"] ?? Number.NaN
const good = accuracy >= leastAccuracy
const quick = seconds <= mostSeconds
const percent = (part: number): string => `${(100 * part).toFixed(2)} %`
console.log(`${engine}, Node ${process.version}`)
console.log(
  `${good ? "within" : "BELOW "} test accuracy ${percent(accuracy)}, at least ${percent(leastAccuracy)} is asked for`
)
console.log(
  `${quick ? "within" : "ABOVE "} training took ${seconds.toFixed(1)} s, at most ${mostSeconds} s are asked for`
)
process.exitCode = good && quick ? 0 : 1
