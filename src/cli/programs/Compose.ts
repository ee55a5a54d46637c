/** From a command line to a decoded plan: composes `configs/`, refuses what is wrong, prints on `--cfg`. */
import { createHash } from "node:crypto"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as Schema from "effect/Schema"
import * as Config from "../../config/Config.ts"
import { Progress } from "../../pipeline/Progress.ts"
import type { RunContext } from "../../runs/RunLayers.ts"
import { ConfigurationRefused } from "../Failure.ts"
import * as Host from "../Host.ts"

export interface Input {
  readonly overrides: ReadonlyArray<string>
  readonly configDir: Option.Option<string>
  readonly configPath: Option.Option<string>
  readonly configName: Option.Option<string>
  readonly cfg: Option.Option<"job" | "plan" | "hydra" | "all">
  readonly resolve: boolean
  readonly pkg: Option.Option<string>
  readonly strict: boolean
}

export interface Composition<A> {
  readonly plan: A
  readonly context: RunContext
  readonly warnings: ReadonlyArray<string>
}

const refused = Effect.mapError(
  (error: { readonly message: string }) => new ConfigurationRefused({ problem: error.message })
)

/** First the folder that was named or `./configs`, then `--config-dir`, then the configs of the package. */
const searchPath = (input: Input, cwd: string): ReadonlyArray<string> => {
  const own = Option.getOrElse(input.configPath, () => Host.localConfigs(cwd))
  const extra = Option.toArray(input.configDir)
  return [...(own === undefined ? [] : [own]), ...extra, Host.packagedConfigs]
}

const composed = Effect.fnUntraced(function* (command: string, input: Input) {
  const cwd = process.cwd()
  return yield* Config.compose({
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
})

/** Warnings are refusals under `--strict`. */
const checkWarnings = (input: Input, warnings: ReadonlyArray<string>) =>
  input.strict && warnings.length > 0
    ? Effect.fail(
        new ConfigurationRefused({
          problem: `--strict refuses:\n${warnings.map((w) => `  ${w}`).join("\n")}`
        })
      )
    : Effect.void

/** Words as a shell takes them. */
export const commandLine = (words: ReadonlyArray<string>): string =>
  words
    .map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? ` ${word}` : ` '${word.replaceAll("'", `'\\''`)}'`))
    .join("")

/**
 * The plan and what its run is told; undefined when `--cfg` asked to print instead. Everything that is wrong is
 * reported at once, each problem with its place, before anything is written.
 */
export const compose = Effect.fn("Compose.compose")(function* <A, I>(
  command: "train" | "test" | "predict",
  schema: Schema.Codec<A, I>,
  input: Input
): Effect.fn.Return<Composition<A> | undefined, ConfigurationRefused, FileSystem.FileSystem | Path.Path> {
  const path = yield* Path.Path
  const composition = yield* composed(command, input)
  const warnings = composition.warnings.map((warning) => warning.message)
  yield* checkWarnings(input, warnings)
  const text = (cfg: "job" | "plan" | "hydra" | "all") => printed(composition, schema, { ...input, cfg })
  if (Option.isSome(input.cfg)) {
    yield* Console.log((yield* text(input.cfg.value)).trimEnd())
    return undefined
  }
  const plan = yield* Config.decode(schema, composition).pipe(refused)
  const hydra = yield* Config.runDirectory(composition).pipe(refused)
  const resolved = yield* Config.resolvedYaml(composition).pipe(refused)
  return {
    plan,
    warnings,
    context: {
      directory: path.resolve(hydra),
      command: ["anneal", ...process.argv.slice(2)],
      overrides: input.overrides,
      versions: Host.versions,
      planHash: createHash("sha256").update(resolved).digest("hex").slice(0, 16),
      files: {
        "plan.yaml": resolved,
        ".hydra/config.yaml": yield* text("job"),
        ".hydra/hydra.yaml": yield* text("hydra"),
        ".hydra/overrides.yaml": Config.toYaml(input.overrides)
      }
    }
  }
})

/** Tells what composes and is still not what somebody meant. */
export const warn = (warnings: ReadonlyArray<string>) =>
  Effect.flatMap(Progress, (progress) => Effect.forEach(warnings, progress.warn, { discard: true }))
