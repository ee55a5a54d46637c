/**
 * node bench/fuzz-config.ts [--inputs 200000] [--seed 1] [--vectors ../shared/vectors/hydra/cases.json]
 *
 * Feeds the readers of the configuration (overrides, each grammar rule, interpolations, YAML), the resolution and the
 * composition of a small tree with mutated texts and random Unicode. Every input must give a value or a typed error
 * in less than a second; values must print back. Prints counts, the slowest input and the first failures, and exits 1
 * on any.
 */

import * as fs from "node:fs"
import { parseArgs } from "node:util"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Exit } from "effect"
import * as Predicate from "effect/Predicate"
import * as Yaml from "../src/config/yaml/Yaml.ts"
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

const vectors: unknown = fs.existsSync(values.vectors)
  ? JSON.parse(fs.readFileSync(values.vectors, "utf8"))
  : {}

/** The texts of one field in one section of the vectors, where they are present. */
const field = (section: string, name: string): ReadonlyArray<string> => {
  const cases = Predicate.isObject(vectors) ? vectors[section] : undefined
  if (!Array.isArray(cases)) return []
  return cases.flatMap((item: unknown) => {
    const text = Predicate.isObject(item) ? item[name] : undefined
    return typeof text === "string" ? [text] : []
  })
}

/** Milliseconds that one input may take. */
const longest = 1000

/** What is wrong with how a text was taken; a defect of the effect is wrong too. */
type Check<R = never> = (text: string) => Effect.Effect<string | undefined, unknown, R>

interface Plan<R> {
  readonly name: string
  readonly check: Check<R>
  readonly texts: Iterable<string>
}

/** Tries each text, prints what came of it, and gives the number of failures. */
const carryOut = Effect.fnUntraced(function* <R>({ name, check, texts }: Plan<R>) {
  const failures: Array<string> = []
  let slowest = { milliseconds: 0, text: "" }
  let count = 0
  for (const text of texts) {
    const start = performance.now()
    const exit = yield* Effect.exit(check(text))
    const milliseconds = performance.now() - start
    count++
    if (milliseconds > slowest.milliseconds) slowest = { milliseconds, text }
    const problem = Exit.isSuccess(exit) ? exit.value : `crashed: ${exit.cause}`
    const slow = milliseconds > longest ? `took ${Math.round(milliseconds)} ms` : undefined
    if (problem !== undefined || slow !== undefined) {
      failures.push(`${JSON.stringify(text.slice(0, 300))}\n    ${(problem ?? slow ?? "").slice(0, 1000)}`)
    }
  }
  const slow = `slowest ${slowest.milliseconds.toFixed(1)} ms on ${JSON.stringify(slowest.text.slice(0, 60))}`
  console.log(`${name.padEnd(14)} ${count} inputs, ${failures.length} failures, ${slow}`)
  for (const failure of failures.slice(0, 10)) console.log(`  ${failure}`)
  return failures.length
})

const plan = (target: Fuzz.Target, texts: Iterable<string>): Plan<never> => ({
  name: target.name,
  check: (text) => Effect.sync(() => target.run(text)),
  texts
})

/** A share of the inputs, after texts that are hard by their length where the reader takes any text. */
function* supply(share: number, next: () => string, hostile: ReadonlyArray<string> = []): Generator<string> {
  yield* hostile
  for (let left = Math.ceil(inputs * share); left > 0; left--) yield next()
}

const program = Effect.gen(function* () {
  const read = yield* Yaml.reader
  const compose = yield* Fuzz.composition
  const hostile = corpus.hostile(30_000)
  const overrides = [...corpus.overrides, ...field("parse", "text")]
  const yaml = [
    ...corpus.yaml,
    ...field("resolve", "yaml"),
    ...field("merge", "base"),
    ...field("to_yaml", "yaml")
  ]
  const interpolations = [...corpus.interpolations, ...field("interp", "expr")]
  const values = FuzzText.values(seed)
  const plans = [
    plan(Fuzz.overrides, supply(0.4, FuzzText.texts(overrides, seed), hostile)),
    plan(
      Fuzz.overrides,
      supply(0.1, () => `key=${values()}`)
    ),
    plan(Fuzz.grammar, supply(0.1, FuzzText.texts(overrides, seed + 1), hostile)),
    plan(Fuzz.interpolations, supply(0.12, FuzzText.texts(interpolations, seed + 2), hostile)),
    plan(Fuzz.yaml(read), supply(0.2, FuzzText.texts(yaml, seed + 3), hostile))
  ]
  const resolutions = FuzzText.texts([...corpus.resolutions, ...yaml], seed + 4)
  const check: Check = (text) => Fuzz.resolution(read, text)
  let failures = 0
  for (const each of plans) failures += yield* carryOut(each)
  failures += yield* carryOut({ name: "resolution", check, texts: supply(0.06, resolutions, hostile) })
  const assignments = FuzzText.assignments(seed + 5)
  failures += yield* carryOut({ name: "composition", check: compose, texts: supply(0.01, assignments) })
  const anything = FuzzText.texts(overrides, seed + 6)
  failures += yield* carryOut({ name: "composition", check: compose, texts: supply(0.01, anything) })
  return failures
})

const failures = await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
process.exitCode = failures > 0 ? 1 : 0
