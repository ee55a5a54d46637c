/**
 * `cli`: what real applications printed, against what the configuration gives for the same arguments.
 *
 * Hydra's wording of errors and Python's log lines are not compared; texts made from the configuration are, to the byte.
 */
import { Effect, FileSystem, Path, Result, Schema } from "effect"
import { Config, hydraVersion, Info, Override, Show, Sweep } from "../subject.ts"
import { type Context, excluded, fail, pass, type Section, type Verdict } from "../Vector.ts"
import { filesOf } from "./cliFiles.ts"
import * as Flags from "./cliFlags.ts"
import * as Help from "./cliHelp.ts"
import { now } from "./interp.ts"

const Case = Schema.Struct({
  app: Schema.String,
  args: Schema.Array(Schema.String),
  rc: Schema.optionalKey(Schema.Int),
  stdout: Schema.optionalKey(Schema.String),
  stderr: Schema.optionalKey(Schema.String),
  files: Schema.optionalKey(Schema.Array(Schema.String))
})
type Case = typeof Case.Type

/** Flags that do not go together. */
class Refused extends Schema.TaggedError<Refused>()("Refused", { problem: Schema.String }) {
  override get message() {
    return this.problem
  }
}

/** What an application would have done. */
interface Outcome {
  readonly stdout: string
  readonly files: ReadonlyArray<string>
}

interface App {
  readonly folder: string
  readonly name: string
  readonly configName: string
}

/** Applications keep their configs in `conf`, or beside themselves. */
const findApp = Effect.fnUntraced(function* ({ app }: Case, { configs }: Context) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const beside = path.join(configs, path.dirname(app))
  const inside = path.join(beside, "conf")
  const isInside = yield* fs.exists(inside)
  const folder = isInside ? inside : beside
  const hasConfig = yield* fs.exists(path.join(folder, "config.yaml"))
  return hasConfig ? { folder, name: path.basename(app, ".py"), configName: "config" } : undefined
})

const compose = (
  app: App,
  flags: Flags.Flags,
  { env }: Context,
  cwd: string,
  overrides: ReadonlyArray<string>
) =>
  Config.compose({
    searchPath: [flags.configPath ?? app.folder, ...(flags.configDir === undefined ? [] : [flags.configDir])],
    configName: flags.configName ?? app.configName,
    overrides,
    mode: flags.multirun ? "multirun" : "run",
    runtime: { cwd, now, env: Object.fromEntries(env), jobName: app.name }
  })

const yamlOf = (composed: Config.Composed) => `${Config.toYaml(composed.config)}\n`

/** One job in its own folder: the application prints its configuration. */
const runOne = Effect.fnUntraced(function* (composed: Config.Composed, context: Context) {
  return { stdout: yamlOf(composed), files: yield* filesOf(composed, context) }
})

/** The jobs of a sweep in the lines that Hydra's launcher logs, each followed by what the application prints. */
const runMany = Effect.fnUntraced(function* (
  app: App,
  flags: Flags.Flags,
  context: Context,
  composed: Config.Composed
) {
  const overrides = yield* Effect.forEach(flags.overrides, (text, index) =>
    Effect.fromResult(Override.parse(text, index))
  )
  const task = overrides.filter(({ key }) => !/^hydra[./]/.test(key.keyOrGroup))
  const groupOptions = composed.composition.repository.options
  const jobs = (yield* Sweep.expand(task, { groupOptions })).flat()
  const prefix = "[<DATE> <TIME>][HYDRA] "
  let stdout = `${prefix}Launching ${jobs.length} jobs locally\n`
  for (const [index, job] of jobs.entries()) {
    const own = yield* compose(app, { ...flags, multirun: false }, context, context.configs, job)
    stdout += `${prefix}\t#${index} : ${job.join(" ")}\n${yamlOf(own)}`
  }
  return { stdout, files: [] }
})

const run = Effect.fnUntraced(function* (app: App, args: ReadonlyArray<string>, context: Context) {
  const flags = yield* Effect.fromResult(Flags.parse(args))
  if (flags.version) return { stdout: `Hydra ${hydraVersion}\n`, files: [] }
  if (flags.resolve && flags.cfg === undefined && !flags.help) {
    return yield* new Refused({ problem: "--resolve goes with --cfg or --help" })
  }
  const composed = yield* compose(app, flags, context, context.configs, flags.overrides)
  const shown = yield* show(composed, flags)
  if (shown !== undefined) return { stdout: shown, files: [] }
  return yield* flags.multirun ? runMany(app, flags, context, composed) : runOne(composed, context)
})

const show = Effect.fnUntraced(function* (composed: Config.Composed, flags: Flags.Flags) {
  if (flags.help) return yield* Help.text(composed)
  if (flags.info !== undefined) return Info.text(composed, flags.info)
  if (flags.cfg === undefined) return undefined
  return yield* Show.config(composed, { part: flags.cfg, package: flags.package, resolve: flags.resolve })
})

/** Column widths follow the length of a path that the vectors have masked. */
const comparable = (text: string, configs: string) =>
  text
    .replaceAll(configs, "$HYDRA")
    .replaceAll(/ +(?=\|)/g, " ")
    .replaceAll(/-{10,}/g, "-")
    .replaceAll(/^Hydra 1\.3\.\d+$/gm, "Hydra 1.3")

/** An application may print nothing instead of its configuration; only the vectors know. */
const isSameText = (wanted: string, actual: string, isRun: boolean, configs: string): boolean => {
  if (comparable(wanted, configs) === comparable(actual, configs)) return true
  const withoutYaml = actual
    .split(/^(?=\[<DATE>)/m)
    .map((part) => part.slice(0, part.startsWith("[<") ? part.indexOf("\n") + 1 : 0))
  return isRun && wanted === withoutYaml.join("")
}

const sorted = (files: ReadonlyArray<string>) => [...files].sort().join("\n")

/** What a case does not record is not looked at. */
const judge = (wanted: Case, actual: Outcome, configs: string): Verdict => {
  const { rc = 0, stdout = actual.stdout, files = actual.files } = wanted
  if (rc !== 0) return fail(`exit code ${rc}: ${wanted.stderr ?? ""}`, actual.stdout)
  const isRun = !wanted.args.some((arg) => /^(--cfg|-c|--info|-i|--help|-h|--version)/.test(arg))
  if (!isSameText(stdout, actual.stdout, isRun, configs)) return fail(stdout, actual.stdout)
  return sorted(files) === sorted(actual.files) ? pass : fail(sorted(files), sorted(actual.files))
}

export const section: Section<FileSystem.FileSystem | Path.Path> = {
  name: "cli",
  run: Effect.fn("vectors.cli")(function* (vector, context) {
    const wanted = yield* Schema.decodeUnknownEffect(Case)(vector)
    if (wanted.app.includes("/structured_configs/"))
      return excluded("the configuration is a Python dataclass")
    const app = yield* findApp(wanted, context)
    if (app === undefined) return excluded("the configuration is a Python dataclass")
    const actual = yield* Effect.result(run(app, wanted.args, context))
    if (Result.isSuccess(actual)) return judge(wanted, actual.success, context.configs)
    const code = actual.failure._tag === "FlagsRefused" ? 2 : 1
    // A case that records what was printed, and no exit code, ended well.
    const rc = wanted.rc ?? (wanted.stdout === undefined && wanted.files === undefined ? code : 0)
    return rc === code
      ? pass
      : fail(`exit code ${rc}\n${wanted.stdout ?? ""}`, `${actual.failure._tag}: ${actual.failure.message}`)
  })
}
