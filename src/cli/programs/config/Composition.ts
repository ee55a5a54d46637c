/** From a command line to a composed configuration: refuses what does not compose, prints on `--cfg`. */
import { existsSync } from "node:fs"
import { join, parse, resolve } from "node:path"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Config from "../../../config/Config.ts"
import * as Info from "../../../config/inspect/Info.ts"
import * as Show from "../../../config/inspect/Show.ts"
import * as Run from "../../../config/sweep/Run.ts"
import type { Any } from "../../../pipeline/module/TaskModule.ts"
import { noWeights } from "../../../pipeline/plan/NoWeights.ts"
import * as BuiltIn from "../../../tasks/builtIn/BuiltIn.ts"
import { CommandRefused } from "../../Failure.ts"
import * as Host from "../../Host.ts"
import { Invocation } from "../../Invocation.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
import * as TaskChoice from "../module/TaskChoice.ts"
import * as DirectReads from "./DirectReads.ts"
import * as HydraSettings from "./HydraSettings.ts"

export type Cfg = "job" | "plan" | "hydra" | "all"

export interface Input {
  readonly overrides: ReadonlyArray<string>
  readonly configDir: Option.Option<string>
  readonly configPath: Option.Option<string>
  readonly configName: Option.Option<string>
  readonly cfg: Option.Option<Cfg>
  readonly resolve: boolean
  readonly pkg: Option.Option<string>
  readonly strict: boolean
  readonly info: Option.Option<Info.Topic>
  readonly multirun: boolean
}

/** A command line without arguments. */
export const nothing: Input = {
  overrides: [],
  configDir: Option.none(),
  configPath: Option.none(),
  configName: Option.none(),
  cfg: Option.none(),
  resolve: false,
  pkg: Option.none(),
  strict: false,
  info: Option.none(),
  multirun: false
}

export type Command = "train" | "test" | "predict"

export const refused = Effect.mapError(
  (error: { readonly message: string }) => new CommandRefused({ problem: error.message })
)

/** The folder that `--config-path` names, or `./configs`. */
const ownFolder = ({ configPath }: Pick<Input, "configPath">) =>
  Option.getOrElse(configPath, () => Host.localConfigs(process.cwd()))

const holds = (folder: string | undefined, name: string): boolean =>
  folder !== undefined && existsSync(join(folder, `${name}.yaml`))

/**
 * Where configs are looked for: first the user's own folder, then `--config-dir`, then the configs of the task, then
 * those that every task has. If the command line names another task than the user's primary config is about, and that
 * task has a primary config, the user's folder is about something else and is left out.
 */
const searchPath = (
  input: Input,
  name: string,
  named: string | undefined,
  { configs }: TaskChoice.Known
): ReadonlyArray<string> => {
  const own = ownFolder(input)
  const isOther =
    Option.isNone(input.configPath) &&
    named !== undefined &&
    holds(configs, name) &&
    (TaskChoice.fromFile(own, name) ?? BuiltIn.usual) !== named
  const folders = [isOther ? undefined : own, ...Option.toArray(input.configDir), configs, Host.commonConfigs]
  const known = folders.filter((folder) => folder !== undefined)
  return known.filter((folder, i) => known.findIndex((other) => resolve(other) === resolve(folder)) === i)
}

/** The name of a command's task, as far as it can be known before anything is composed. */
const nameOf = (command: Command, input: Input) => {
  const name = Option.getOrElse(input.configName, () => command)
  const named = TaskChoice.fromOverrides(input.overrides)
  const own = named ?? TaskChoice.fromFile(ownFolder(input), name)
  const fromDir = own ?? TaskChoice.fromFile(Option.getOrUndefined(input.configDir), name)
  return { name, named, reference: fromDir ?? BuiltIn.usual }
}

/** The task that a command is about, loaded. */
export const task = (command: Command, input: Input) => TaskChoice.load(nameOf(command, input).reference)

/**
 * The resolvers of Anneal's own. `${anneal.task:…}` is the name of the task that a value of `task` means, or without one
 * that of the task in hand.
 */
export const resolvers = ({ name, reference }: Pick<TaskChoice.Known, "name" | "reference">) => {
  const task = Config.resolver((...args) => {
    const [named] = args
    const isOther = typeof named === "string" && reference !== undefined && named !== reference
    if (!isOther) return Effect.succeed(name)
    return Effect.succeed(TaskChoice.isPath(named) ? parse(named).name : named)
  })
  return new Map([["anneal.task", task]])
}

/** Where and when a command composes. */
export const runtimeOf = (jobName: string) =>
  Effect.map(DateTime.now, (now) => ({
    cwd: process.cwd(),
    now: DateTime.toDateUtc(now),
    env: process.env,
    jobName
  }))

/** What every training has and no config has to mention. */
const everyTraining = { model: { weights: noWeights } }

/**
 * What the plan of a task says where no config does. The configs of a built-in task mention all of its keys, so that its
 * plan is not loaded for it.
 */
const base = Effect.fnUntraced(function* (
  known: TaskChoice.Known,
  command: Command,
  input: Input,
  hasConfig: boolean
) {
  if (known.isBuiltIn && hasConfig) return command === "train" ? everyTraining : undefined
  const { module } = yield* task(command, input)
  const PlanDefaults = yield* Effect.promise(() => import("./PlanDefaults.ts"))
  return hasConfig ? PlanDefaults.beneath(module, command) : PlanDefaults.instead(module, command)
})

/** What the composition of a command needs to know. */
export const options = Effect.fnUntraced(function* (command: Command, input: Input) {
  const { name, named, reference } = nameOf(command, input)
  const known = yield* TaskChoice.known(reference)
  const path = searchPath(input, name, named, known)
  const hasConfig = path.slice(0, -1).some((folder) => holds(folder, name))
  const options: Config.ComposeOptions = {
    searchPath: path,
    configName: name,
    overrides: input.overrides,
    mode: input.multirun ? "multirun" : "run",
    base: yield* base(known, command, input, hasConfig),
    resolvers: resolvers(known),
    runtime: yield* runtimeOf(command)
  }
  return options
})

/** Composes the configuration of a command. */
export const compose = Effect.fn("Composition.compose")(function* (command: Command, input: Input) {
  const composed = yield* Config.compose(yield* options(command, input)).pipe(DirectReads.provide, refused)
  const composition = { ...composed, warnings: [...composed.warnings, ...HydraSettings.warnings(composed)] }
  if (input.strict) yield* Config.refuseWarnings(composition.warnings).pipe(refused)
  return composition
})

/** The folder of configs that a task brings along, as far as it is known while its module is not loaded. */
const knownConfigs = (reference: string, given: Any | undefined): string | undefined => {
  if (given !== undefined) return TaskChoice.configsOf(given)
  return TaskChoice.isPath(reference) ? undefined : join(Host.packagedConfigs, reference)
}

/**
 * The configuration of `anneal train` in this folder, for what no task has a say in, such as where runs are. No task is
 * loaded for it, so that runs are listed at once, and also if a module of the user's own is broken; undefined if nothing
 * composes without the configs that such a module brings along.
 */
export const ofFolder = Effect.fn("Composition.ofFolder")(function* () {
  const { reference } = nameOf("train", nothing)
  const { task: given } = yield* Invocation
  const folders = [ownFolder(nothing), knownConfigs(reference, given), Host.commonConfigs]
  const name = given?.name ?? (TaskChoice.isPath(reference) ? parse(reference).name : reference)
  const composed = Config.compose({
    searchPath: folders.filter((one) => one !== undefined),
    configName: "train",
    overrides: [],
    resolvers: resolvers({ name, reference: undefined }),
    runtime: yield* runtimeOf("train")
  }).pipe(refused)
  const isForeign = given === undefined && TaskChoice.isPath(reference)
  return yield* isForeign ? Effect.orElseSucceed(composed, () => undefined) : composed
})

/** Prints warnings on standard error: what composes, but is probably not what was meant. */
export const warn = (warnings: ReadonlyArray<Config.Warning>) =>
  Effect.forEach(warnings, ({ message }) => StandardOutput.note(`warning: ${message}`), { discard: true })

/** Gives the run its folder, `hydra.run.dir`. */
export const start = (composition: Config.Composed) => Run.start(composition).pipe(refused)

/** Prints what `--cfg job|hydra|all` asks for. */
export const print = Effect.fnUntraced(function* (
  composition: Config.Composed,
  input: Pick<Input, "resolve" | "pkg">,
  part: Exclude<Cfg, "plan">
) {
  yield* warn(composition.warnings)
  const text = yield* Show.config(composition, {
    part,
    package: Option.getOrUndefined(input.pkg),
    resolve: input.resolve
  }).pipe(refused)
  yield* StandardOutput.text(text.trimEnd())
})

/** Prints what `--info` asks for. */
export const inform = (composition: Config.Composed, topic: Info.Topic) =>
  Effect.andThen(warn(composition.warnings), StandardOutput.text(Info.text(composition, topic).trimEnd()))

/** Prints how a key got or lost its value; refuses a key that never existed. */
export const explain = Effect.fnUntraced(function* (composition: Config.Composed, key: string) {
  const explanation = Config.explain(composition, key)
  const text = Config.renderExplanation(explanation).trimEnd()
  if (explanation.steps.length === 0) return yield* new CommandRefused({ problem: text })
  yield* warn(composition.warnings)
  yield* StandardOutput.text(text)
})

/** The task of a composed configuration: what its key `task` says, once all overrides are applied. */
export const taskOf = Effect.fnUntraced(function* (composed: Config.Composed) {
  const name = yield* Config.resolveKey(composed, "task").pipe(
    Effect.map((value) => (typeof value === "string" ? value : BuiltIn.usual)),
    Effect.orElseSucceed(() => BuiltIn.usual)
  )
  return yield* TaskChoice.load(name)
})
