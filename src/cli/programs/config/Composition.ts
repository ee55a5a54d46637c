/** From a command line to a composed configuration: refuses what does not compose, prints on `--cfg`. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Config from "../../../config/Config.ts"
import * as Info from "../../../config/inspect/Info.ts"
import * as Show from "../../../config/inspect/Show.ts"
import * as Run from "../../../config/sweep/Run.ts"
import { CommandRefused } from "../../Failure.ts"
import * as Host from "../../Host.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
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

/** A command line that asks for nothing. */
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

/** First the folder that was named or `./configs`, then `--config-dir`, then the configs of the package. */
const searchPath = (input: Input, cwd: string): ReadonlyArray<string> => {
  const own = Option.getOrElse(input.configPath, () => Host.localConfigs(cwd))
  const extra = Option.toArray(input.configDir)
  return [...(own === undefined ? [] : [own]), ...extra, Host.packagedConfigs]
}

/** What the composition of a command is told. */
export const options = (command: Command, input: Input) =>
  Effect.map(
    DateTime.now,
    (now): Config.ComposeOptions => ({
      searchPath: searchPath(input, process.cwd()),
      configName: Option.getOrElse(input.configName, () => command),
      overrides: input.overrides,
      mode: input.multirun ? "multirun" : "run",
      runtime: { cwd: process.cwd(), now: DateTime.toDateUtc(now), env: process.env, jobName: command }
    })
  )

/** Composes the configuration of a command. */
export const compose = Effect.fn("Composition.compose")(function* (command: Command, input: Input) {
  const composed = yield* Config.compose(yield* options(command, input)).pipe(refused)
  const composition = { ...composed, warnings: [...composed.warnings, ...HydraSettings.warnings(composed)] }
  if (input.strict) yield* Config.refuseWarnings(composition.warnings).pipe(refused)
  return composition
})

/** Says on standard error what composes and is still not what somebody meant. */
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

/** Prints how a key got its value, or lost it; a key that never was is refused. */
export const explain = Effect.fnUntraced(function* (composition: Config.Composed, key: string) {
  const explanation = Config.explain(composition, key)
  const text = Config.renderExplanation(explanation).trimEnd()
  if (explanation.steps.length === 0) return yield* new CommandRefused({ problem: text })
  yield* warn(composition.warnings)
  yield* StandardOutput.text(text)
})
