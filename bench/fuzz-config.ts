/**
 * node bench/fuzz-config.ts [--inputs 200000] [--seed 1] [--vectors ../shared/vectors/hydra/cases.json]
 *
 * Feeds the readers of the configuration (overrides, each grammar rule, interpolations, YAML) with mutated texts and
 * random Unicode. Every input must give a value or a typed error in less than a second; values must print back.
 * Prints counts, the slowest input and the first failures, and exits 1 on any.
 */
import * as fs from "node:fs"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import * as Yaml from "../src/config/Yaml.ts"
import * as corpus from "../test/config/corpus.ts"
import * as Fuzz from "../test/config/Fuzz.ts"
import * as FuzzText from "../test/config/FuzzText.ts"

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "200000" },
    seed: { type: "string", default: "1" },
    vectors: { type: "string", default: "../shared/vectors/hydra/cases.json" }
  }
})
const inputs = Number(values.inputs)
const seed = Number(values.seed)

/** The texts of one field in one section of the vectors, where they are present. */
const vectors: unknown = fs.existsSync(values.vectors)
  ? JSON.parse(fs.readFileSync(values.vectors, "utf8"))
  : {}
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null
const field = (section: string, name: string): ReadonlyArray<string> => {
  const cases = isRecord(vectors) ? vectors[section] : undefined
  if (!Array.isArray(cases)) return []
  return cases.flatMap((item: unknown) =>
    isRecord(item) && typeof item[name] === "string" ? [item[name]] : []
  )
}

const longest = 1000

interface Tally {
  count: number
  slowest: { readonly milliseconds: number; readonly text: string }
  readonly failures: Array<string>
}

const judge = (target: Fuzz.Target, text: string): string | undefined => {
  // A throw is what this program looks for.
  try {
    return target.run(text)
  } catch (error) {
    return `crashed: ${error instanceof Error ? error.stack : String(error)}`
  }
}

const check = (target: Fuzz.Target, text: string, tally: Tally): void => {
  const start = performance.now()
  const problem = judge(target, text)
  const milliseconds = performance.now() - start
  tally.count++
  if (milliseconds > tally.slowest.milliseconds) tally.slowest = { milliseconds, text }
  const slow = milliseconds > longest ? `took ${Math.round(milliseconds)} ms` : undefined
  const found = problem ?? slow
  if (found !== undefined)
    tally.failures.push(`${JSON.stringify(text.slice(0, 300))}\n    ${found.slice(0, 1000)}`)
}

const report = (name: string, { count, failures, slowest }: Tally) => {
  const slow = `slowest ${slowest.milliseconds.toFixed(1)} ms on ${JSON.stringify(slowest.text.slice(0, 60))}`
  console.log(`${name.padEnd(14)} ${count} inputs, ${failures.length} failures, ${slow}`)
  for (const failure of failures.slice(0, 10)) console.log(`  ${failure}`)
}

const read = await Effect.runPromise(Yaml.reader)
const overrideTexts = [...corpus.overrides, ...field("parse", "text")]
const yamlTexts = [
  ...corpus.yaml,
  ...field("resolve", "yaml"),
  ...field("merge", "base"),
  ...field("to_yaml", "yaml")
]
const interpolationTexts = [...corpus.interpolations, ...field("interp", "expr")]
const overrideValues = FuzzText.values(seed + 4)
const plans: ReadonlyArray<readonly [target: Fuzz.Target, share: number, next: () => string]> = [
  [Fuzz.overrides, 0.4, FuzzText.texts(overrideTexts, seed)],
  [Fuzz.overrides, 0.1, () => `key=${overrideValues()}`],
  [Fuzz.grammar, 0.1, FuzzText.texts(overrideTexts, seed + 1)],
  [Fuzz.interpolations, 0.15, FuzzText.texts(interpolationTexts, seed + 2)],
  [Fuzz.yaml(read), 0.25, FuzzText.texts(yamlTexts, seed + 3)]
]
const failed = plans.map(([target, share, next]) => {
  const tally: Tally = { count: 0, slowest: { milliseconds: 0, text: "" }, failures: [] }
  for (const text of corpus.hostile(30_000)) check(target, text, tally)
  for (let left = Math.ceil(inputs * share); left > 0; left--) check(target, next(), tally)
  report(target.name, tally)
  return tally.failures.length
})
process.exitCode = failed.some((count) => count > 0) ? 1 : 0
