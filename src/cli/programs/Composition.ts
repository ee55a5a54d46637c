/** From a command line to a composed configuration: refuses what does not compose, prints on `--cfg`. */
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Config from "../../config/Config.ts"
import { ConfigurationRefused } from "../Failure.ts"
import * as Host from "../Host.ts"

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
}

export type Command = "train" | "test" | "predict"

export const refused = Effect.mapError(
  (error: { readonly message: string }) => new ConfigurationRefused({ problem: error.message })
)

/** First the folder that was named or `./configs`, then `--config-dir`, then the configs of the package. */
const searchPath = (input: Input, cwd: string): ReadonlyArray<string> => {
  const own = Option.getOrElse(input.configPath, () => Host.localConfigs(cwd))
  const extra = Option.toArray(input.configDir)
  return [...(own === undefined ? [] : [own]), ...extra, Host.packagedConfigs]
}

/** Warnings are refusals under `--strict`. */
const checkWarnings = (input: Input, { warnings }: Config.Composed) =>
  input.strict && warnings.length > 0
    ? Effect.fail(
        new ConfigurationRefused({
          problem: `--strict refuses:\n${warnings.map(({ message }) => `  ${message}`).join("\n")}`
        })
      )
    : Effect.void

/** Composes the configuration of a command. */
export const compose = Effect.fn("Composition.compose")(function* (command: Command, input: Input) {
  const cwd = process.cwd()
  const composition = yield* Config.compose({
    searchPath: searchPath(input, cwd),
    configName: Option.getOrElse(input.configName, () => command),
    overrides: input.overrides,
    runtime: {
      cwd,
      now: DateTime.toDateUtc(yield* DateTime.now),
      env: process.env,
      jobName: command
    }
  }).pipe(refused)
  yield* checkWarnings(input, composition)
  return composition
})

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, "  ")

/** The `hydra` node as Hydra writes it. */
export const hydraYaml = (composition: Config.Composed): string =>
  `hydra:\n${indented(Config.toYaml(composition.hydra))}`

/** Prints what `--cfg job|hydra|all` asks for. */
export const print = Effect.fnUntraced(function* (
  composition: Config.Composed,
  input: Pick<Input, "resolve" | "pkg">,
  cfg: Exclude<Cfg, "plan">
) {
  const job = Config.toYaml(
    input.resolve ? yield* Config.resolveNode(composition).pipe(refused) : composition.config
  )
  const hydra = hydraYaml(composition)
  const texts = { job, hydra, all: `${hydra}${job}` }
  yield* Console.log(texts[cfg].trimEnd())
})
