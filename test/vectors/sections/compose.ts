/** `compose`: a config tree and overrides to the composed, the resolved and the printed configuration. */
import type { FileSystem, Path } from "effect"
import { Effect, Result, Schema } from "effect"
import * as Judge from "../Judge.ts"
import * as NodeJson from "../NodeJson.ts"
import { Config, Node, Resolve, YamlWriter } from "../subject.ts"
import * as Tagged from "../Tagged.ts"
import { type Context, commonFields, fail, pass, type Section } from "../Vector.ts"

const Composed = Schema.Struct({
  error: Schema.optionalKey(Schema.String),
  message: Schema.optionalKey(Schema.String),
  config: Schema.optionalKey(Schema.Unknown),
  resolved: Schema.optionalKey(Schema.Unknown),
  yaml: Schema.optionalKey(Schema.String),
  choices: Schema.optionalKey(Schema.Unknown),
  defaults: Schema.optionalKey(
    Schema.Array(Schema.Tuple([Schema.NullOr(Schema.String), Schema.String, Schema.Boolean]))
  )
})

const Case = Schema.Struct({
  ...commonFields,
  expect: Schema.optionalKey(Composed),
  expect13: Schema.optionalKey(Composed),
  dir: Schema.String,
  config_name: Schema.NullOr(Schema.String),
  overrides: Schema.Array(Schema.String),
  mode: Schema.Literals(["RUN", "MULTIRUN"])
})

const now = new Date(Date.UTC(2024, 0, 2, 3, 4, 5))

/** How the vectors' programs were run. */
export const options = (
  { dir, config_name, overrides, mode }: typeof Case.Type,
  context: Context
): Config.ComposeOptions => ({
  searchPath: [`${context.configs}/${dir}`],
  configName: config_name ?? undefined,
  overrides,
  mode: mode === "MULTIRUN" ? "multirun" : "run",
  runtime: { cwd: context.configs, now, env: Object.fromEntries(context.env), jobName: "app" }
})

/** The facts of a run that `resolved` was recorded with. */
const runFacts: ReadonlyArray<readonly [string, string | bigint]> = [
  ["runtime.output_dir", "/out"],
  ["runtime.cwd", "/cwd"],
  ["job.name", "app"],
  ["job.num", 0n],
  ["job.id", "0"]
]

export const put = (
  node: Node.Node | undefined,
  path: ReadonlyArray<string>,
  value: string | bigint
): Node.Node => {
  const [key, ...rest] = path
  const origin = { _tag: "Computed", by: "a vector" } as const
  if (key === undefined) return Node.scalar(value, origin)
  const entries = new Map(node?._tag === "Map" ? node.entries : [])
  entries.set(key, put(entries.get(key), rest, value))
  return Node.map(entries, origin)
}

const withRunFacts = (root: Node.Node): Node.Node =>
  runFacts.reduce((node, [path, value]) => put(node, ["hydra", ...path.split(".")], value), root)

const resolved = Effect.fnUntraced(function* (composed: Config.Composed, context: Context) {
  const hydra = withRunFacts(composed.root)
  const result = yield* Effect.result(
    Resolve.tree({
      root: composed.config,
      hydra: hydra._tag === "Map" ? hydra : undefined,
      env: Object.fromEntries(context.env),
      now
    })
  )
  return Result.isSuccess(result)
    ? Result.succeed(NodeJson.encode(result.success.node))
    : Result.fail(result.failure.errors[0] ?? { _tag: "none", message: "no error" })
})

const notOfHydra = (name: string | null) => name !== null && !name.startsWith("hydra/")

type Aspect = readonly [name: string, expected: unknown, actual: unknown]

/** What can be looked at, as expected and as it is; what a case does not record is expected to be undefined. */
const aspects = (expected: typeof Composed.Type, composed: Config.Composed): ReadonlyArray<Aspect> => {
  const defaults = composed.defaults.map(
    ({ config, package: name, isSelf }) => [config, name, isSelf] as const
  )
  const choices = [...composed.choices].filter(([group]) => notOfHydra(group))
  return [
    ["config", expected.config, NodeJson.encode(composed.config)],
    ["yaml", expected.yaml, YamlWriter.write(composed.config)],
    ["choices", expected.choices, Object.fromEntries(choices)],
    // An option that is overridden to null leaves nothing in our list.
    [
      "defaults",
      expected.defaults?.filter(([config]) => notOfHydra(config)),
      defaults.filter(([config]) => notOfHydra(config))
    ]
  ]
}

const judge = Effect.fnUntraced(function* (
  expected: typeof Composed.Type,
  composed: Config.Composed,
  context: Context
) {
  if (expected.error !== undefined)
    return fail(`${expected.error}: ${expected.message}`, Tagged.show(NodeJson.encode(composed.config)))
  const different = aspects(expected, composed).find(
    ([, wanted, actual]) => wanted !== undefined && !Tagged.same(wanted, actual)
  )
  if (different !== undefined) {
    const [name, wanted, actual] = different
    return fail(`${name}: ${Tagged.show(wanted)}`, `${name}: ${Tagged.show(actual)}`)
  }
  if (expected.resolved === undefined) return pass
  const failure = Schema.decodeUnknownResult(Schema.Struct({ error: Schema.String }))(expected.resolved)
  const wanted = Result.isSuccess(failure) ? failure.success : { ok: expected.resolved }
  return Judge.outcome(wanted, yield* resolved(composed, context))
})

export const section: Section<FileSystem.FileSystem | Path.Path> = {
  name: "compose",
  run: Effect.fn("vectors.compose")(function* (vector, context) {
    const decoded = yield* Schema.decodeUnknownEffect(Case)(vector)
    const expected = decoded.expect13 ?? decoded.expect ?? {}
    const composed = yield* Effect.result(Config.compose(options(decoded, context)))
    if (Result.isSuccess(composed)) return yield* judge(expected, composed.success, context)
    return Judge.error(expected, decoded.non_hydra_error === true, composed.failure)
  })
}
