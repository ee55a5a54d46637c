/**
 * npm run compare -- [--trees 2000] [--texts 1000] [--seed 1] [--show 5]
 *
 * Asks the real Hydra 1.3 and OmegaConf about random config trees, interpolations, merges and printed values, and about
 * the project's own configs, and compares with what we say. Exits 0 only where nothing differs. Without Python, or
 * without hydra-core and a way to install it, it says so and exits 0: there is nothing to compare with.
 *
 * HYDRA_PYTHON names a Python that has hydra-core 1.3.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { parseArgs } from "node:util"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Config from "../../src/config/Config.ts"
import * as Resolve from "../../src/config/interpolation/Resolve.ts"
import * as Syntax from "../../src/config/interpolation/Syntax.ts"
import { merge } from "../../src/config/merge/Merge.ts"
import * as Node from "../../src/config/node/Node.ts"
import * as YamlWriter from "../../src/config/yaml/Writer.ts"
import { sections } from "../config/compositions.ts"
import { errorTags } from "../vectors/Judge.ts"
import * as NodeJson from "../vectors/NodeJson.ts"
import { resolvers } from "../vectors/sections/interp.ts"
import * as Tagged from "../vectors/Tagged.ts"
import * as Oracle from "./Oracle.ts"
import * as Random from "./Random.ts"
import * as Texts from "./Texts.ts"
import * as Trees from "./Trees.ts"

const env = { USER: "casey" }
const now = new Date()

interface Question {
  /** What Python is asked. */
  readonly ask: Readonly<Record<string, unknown>>
  /** What we say: tagged JSON under `ok` or several names, or `error`, a tag of ours. */
  readonly answer: Effect.Effect<Readonly<Record<string, unknown>>>
}

const failed = ({ _tag, message }: { readonly _tag: string; readonly message: string }) => ({
  error: _tag,
  message
})

const outcome = (
  result: Result.Result<unknown, Config.InterpolationsInvalid>
): Readonly<Record<string, unknown>> => {
  if (Result.isSuccess(result)) return { ok: result.success }
  const [first] = result.failure.errors
  return first === undefined ? { error: "none" } : failed(first)
}

const treeAnswer = (dir: string, config: string, overrides: ReadonlyArray<string>): Question["answer"] =>
  Effect.gen(function* () {
    const runtime = { cwd: dir, now, env, jobName: "app" }
    const composed = yield* Effect.result(
      Config.compose({ searchPath: [dir], configName: config, overrides, runtime })
    )
    if (Result.isFailure(composed)) return failed(composed.failure)
    const { choices, config: root, defaults, hydra } = composed.success
    const resolved = yield* Effect.result(Resolve.tree({ root, env, now }))
    const own = new Map([...hydra.entries].filter(([key]) => key !== "runtime" && key !== "overrides"))
    return {
      yaml: YamlWriter.write(root),
      choices: Object.fromEntries(choices),
      defaults: defaults.map((entry) => [entry.config, entry.package, entry.isSelf]),
      resolved: outcome(Result.map(resolved, ({ node }) => NodeJson.encode(node))),
      hydra: NodeJson.encode({ ...hydra, entries: own }),
      overrides: NodeJson.encode(hydra.entries.get("overrides") ?? hydra)
    }
  }).pipe(Effect.provide(NodeServices.layer))

const tree = ({ files, config, overrides }: Trees.Case, dir: string): Question => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, `${name}.yaml`), `${text}\n`)
  }
  return { ask: { kind: "tree", dir, config, overrides }, answer: treeAnswer(dir, config, overrides) }
}

const origin = { _tag: "Computed", by: "a comparison" } as const

const interpolation = (random: Random.Random): Question => {
  const expr = Texts.expression(random)
  const base = NodeJson.decode(Texts.base)
  const entries = new Map(base._tag === "Map" ? base.entries : []).set("__x", Node.scalar(expr, origin))
  const syntax = Syntax.parse(expr)
  const answer =
    expr.includes("${") && Result.isFailure(syntax)
      ? Effect.succeed({ error: "InterpolationSyntax", message: syntax.failure.problem })
      : Effect.map(
          Effect.result(Resolve.key({ root: Node.map(entries, origin), env, now, resolvers }, "__x")),
          (result) =>
            outcome(Result.map(result, (found) => (found === undefined ? null : NodeJson.encode(found.node))))
        )
  return { ask: { kind: "interpolation", base: Texts.base, expr }, answer }
}

const merging = (random: Random.Random): Question => {
  const base = Texts.withKeys(random, ["a", "b", "c"])
  const over = Texts.withKeys(random, ["b", "c", "a"])
  const refusals: Array<string> = []
  const refuse = () => refusals.push("MergeRefused")
  const merged = merge(NodeJson.decode(base), NodeJson.decode(over), { struct: false, refuse })
  const answer =
    refusals.length > 0 ? { error: "MergeRefused", message: "" } : { ok: NodeJson.encode(merged) }
  return { ask: { kind: "merge", base, over }, answer: Effect.succeed(answer) }
}

const printing = (random: Random.Random): Question => {
  const value = Texts.withKeys(random, ["k", "l", Texts.string(random)])
  return {
    ask: { kind: "dump", value },
    answer: Effect.succeed({ ok: YamlWriter.write(NodeJson.decode(value)) })
  }
}

/** Hydra's classes for errors of configurations; every other class is a bug there and a typed error here. */
const anyKind = new Set([
  "AssertionError",
  "AttributeError",
  "KeyError",
  "RecursionError",
  "TypeError",
  "ValueError"
])

/** Whether an answer of ours is Python's: the same values, or an error of the kind that stands for its class. */
const agrees = (theirs: unknown, ours: unknown): boolean => {
  if (!Tagged.isRecord(theirs) || !Tagged.isRecord(ours)) return Tagged.same(theirs, ours)
  const error = theirs["error"]
  if (typeof error === "string") {
    const tag = ours["error"]
    return typeof tag === "string" && (anyKind.has(error) || errorTags[error]?.includes(tag) === true)
  }
  return Object.keys(ours).every((key) =>
    key === "resolved" ? agrees(theirs[key], ours[key]) : Tagged.same(theirs[key], ours[key])
  )
}

/** The configs that users copy: every primary config of the project, as it is. */
const ownConfigs = (): ReadonlyArray<Question> => {
  const dir = resolve(import.meta.dirname, "../../configs")
  if (!existsSync(dir)) return []
  const names = readdirSync(dir).filter((name) => name.endsWith(".yaml"))
  return names.map((name) => {
    const config = name.slice(0, -".yaml".length)
    return { ask: { kind: "tree", dir, config, overrides: [] }, answer: treeAnswer(dir, config, []) }
  })
}

const { values } = parseArgs({
  options: {
    trees: { type: "string", default: "2000" },
    texts: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    show: { type: "string", default: "5" }
  }
})

/** Asks and compares everything; how many answers differ. */
const compare = async (python: string): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), "anneal-compare-"))
  const seed = Number(values.seed)
  const many = (count: string, make: (random: Random.Random, index: number) => Question) =>
    Array.from({ length: Number(count) }, (_, index) => make(Random.make(seed + index), index))
  const kinds: Readonly<Record<string, ReadonlyArray<Question>>> = {
    "own configs": ownConfigs(),
    "tested cases": Object.values(sections)
      .flat()
      .map(({ files, overrides = [] }, index) =>
        tree({ files, config: "config", overrides }, join(folder, `tested${index}`))
      ),
    trees: many(values.trees, (random, index) => tree(Trees.tree(random), join(folder, String(index)))),
    interpolations: many(values.texts, interpolation),
    merges: many(values.texts, merging),
    "printed values": many(values.texts, printing)
  }

  let differing = 0
  for (const [name, questions] of Object.entries(kinds)) {
    if (questions.length === 0) continue
    const answers = Oracle.ask(
      python,
      questions.map(({ ask }) => ask),
      env
    )
    let errors = 0
    let slow = 0
    const differences: Array<string> = []
    for (const [index, { ask, answer }] of questions.entries()) {
      const theirs = answers[index]
      const error = Tagged.isRecord(theirs) ? theirs["error"] : undefined
      if (error === "Slow") {
        slow += 1
        continue
      }
      const ours = await Effect.runPromise(answer)
      if (error !== undefined) errors += 1
      if (agrees(theirs, ours)) continue
      differences.push(
        `  ${Tagged.show(ask)}\n    theirs ${Tagged.show(theirs)}\n    ours   ${Tagged.show(ours)}`
      )
    }
    const notes = `${errors} of them refused${slow === 0 ? "" : `, ${slow} not answered in time`}`
    console.log(`${name.padEnd(15)} ${questions.length} compared, ${notes}, ${differences.length} differ`)
    for (const difference of differences.slice(0, Number(values.show))) console.log(difference)
    differing += differences.length
  }
  rmSync(folder, { recursive: true, force: true })
  return differing
}

const oracle = Oracle.find()
if ("absent" in oracle) console.log(`skipped: there is no Hydra to compare with (${oracle.absent})`)
else {
  console.log(`comparing with ${oracle.versions}`)
  process.exitCode = (await compare(oracle.python)) === 0 ? 0 : 1
}
