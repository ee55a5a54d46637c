/**
 * `npm run bench:engines -- [--rounds 5] [--seconds 20] [--webgpu] [--write]`: one training step of four models on
 * every engine that is present and on PyTorch, where a python3 with torch is found (PYTHON names it), with one and two
 * threads; then, for so many seconds each, what layers add to steps written by hand, and what the trainer adds to a
 * bare loop.
 *
 * All of them run side by side in rounds and are compared round by round, so that a busy machine slows all alike.
 * `--write` puts what was printed into docs/engines.md. Ends with 1 when a limit does not hold.
 */
import { readFileSync, writeFileSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import { parseArgs } from "node:util"
import { median } from "../fixtures/median.ts"
import * as Overheads from "./overheads.ts"
import * as Pairs from "./pairs.ts"
import { type Name, names } from "./problems.ts"
import * as Report from "./report.ts"
import { type Runner, startAll } from "./runners.ts"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "20" },
    webgpu: { type: "boolean", default: false },
    write: { type: "boolean", default: false }
  }
})
const rounds = Number(values.rounds)

/** Steps of a round: enough for a median, few enough that all take their turns within seconds. */
const stepsOf = (runner: Runner, model: Name): number => {
  if (runner.name === "cpu") return 2
  return { mlp: 40, lenet: 6, resnet: 3, dbnet: 3 }[model]
}

const found = await startAll(values.webgpu ? ["webgpu"] : [])
for (const why of found.absent) console.log(`not measured: ${why}`)

const times = new Map<string, Array<number>>()
const pairs = new Map<string, Pairs.Pairs>()
for (const model of names) {
  const runners = found.runners.filter(({ models }) => models.includes(model))
  for (const runner of runners) await runner.steps(model, runner.name === "cpu" ? 1 : 3, "library")
  for (let round = 0; round < rounds; round++) {
    for (const runner of runners) {
      const key = Report.keyOf(runner, model)
      const took = median(await runner.steps(model, stepsOf(runner, model), "library"))
      times.set(key, [...(times.get(key) ?? []), took])
    }
  }
  // Plain JavaScript is too slow to say.
  for (const runner of runners.filter(({ name, ways }) => name !== "cpu" && ways.length > 1))
    pairs.set(Report.keyOf(runner, model), await Pairs.alternate(runner, model, Number(values.seconds)))
}
for (const runner of found.runners) runner.stop()
const overheads = Overheads.measure()

const about = {
  machine: `${os.cpus()[0]?.model.trim() ?? "unknown processor"}, ${os.availableParallelism()} cores, Node ${process.version}`,
  date: new Date().toISOString().slice(0, 10),
  rounds
}
const text = Report.markdown(found, { times, pairs, overheads }, about)
console.log(`\n${text}\n`)

if (values.write) {
  const page = path.join(import.meta.dirname, "../../docs/engines.md")
  const [begin, end] = ["<!-- results -->", "<!-- end of results -->"]
  const [before, rest = ""] = readFileSync(page, "utf8").split(begin)
  const [, after = ""] = rest.split(end)
  writeFileSync(page, `${before}${begin}\n\n${text}\n\n${end}${after}`)
  console.log("docs/engines.md has these results now.\n")
}

const verdicts = Report.verdicts({ times, pairs, overheads }, found.runners)
for (const line of Report.verdictLines(verdicts)) console.log(line)
if (!verdicts.some(({ what }) => what.includes("PyTorch")))
  console.log("PyTorch was not there: nothing is compared with it.")
// oxlint-disable-next-line unicorn/no-process-exit -- a script ends here, whatever is still open
process.exit(verdicts.every(Report.holds) ? 0 : 1)
