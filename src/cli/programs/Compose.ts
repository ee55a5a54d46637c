/** From a command line to a decoded plan: composes `configs/`, refuses what is wrong, prints on `--cfg`. */
import { createHash } from "node:crypto"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Config from "../../config/Config.ts"
import * as Plain from "../../config/Plain.ts"
import * as Resolve from "../../config/Resolve.ts"
import { Progress } from "../../pipeline/Progress.ts"
import type { RunContext } from "../../runs/RunLayers.ts"
import { ConfigurationRefused } from "../Failure.ts"
import * as Host from "../Host.ts"

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

type Cfg = "job" | "plan" | "hydra" | "all"

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, "  ")

const decode = <A, I>(schema: Schema.Codec<A, I>, values: unknown) =>
  Schema.decodeUnknownEffect(schema)(values, { errors: "all", onExcessProperty: "error" }).pipe(refused)

/** `hydra.run.dir`, resolved. */
const runDirectory = ({ root, options: { runtime } }: Config.Composed) =>
  Resolve.key({ root, hydra: root, env: runtime.env, now: runtime.now }, "hydra.run.dir").pipe(
    Effect.mapError(
      (errors) => new ConfigurationRefused({ problem: errors.map((error) => error.message).join("\n") })
    ),
    Effect.flatMap((found) => decode(Schema.NonEmptyString, found && Plain.fromNode(found.node)))
  )

/** What `--cfg` prints. */
const printed = Effect.fnUntraced(function* <A, I>(
  composition: Config.Composed,
  schema: Schema.Codec<A, I>,
  input: Pick<Input, "resolve" | "pkg">,
  cfg: Cfg
) {
  if (cfg === "plan") {
    const plan = yield* decode(schema, yield* Config.resolve(composition).pipe(refused))
    return `${JSON.stringify(plan, null, 2)}\n`
  }
  const job = input.resolve ? yield* Config.resolveNode(composition).pipe(refused) : composition.config
  const hydra = `hydra:\n${indented(Config.toYaml(composition.hydra))}`
  if (cfg === "job") return Config.toYaml(job)
  return cfg === "hydra" ? hydra : `${hydra}${Config.toYaml(job)}`
})

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
  if (Option.isSome(input.cfg)) {
    yield* Console.log((yield* printed(composition, schema, input, input.cfg.value)).trimEnd())
    return undefined
  }
  const values = yield* Config.resolve(composition).pipe(refused)
  const plan = yield* decode(schema, values)
  const resolved = Config.toYaml(yield* Config.resolveNode(composition).pipe(refused))
  return {
    plan,
    warnings,
    context: {
      directory: path.resolve(yield* runDirectory(composition)),
      command: ["anneal", ...process.argv.slice(2)],
      overrides: input.overrides,
      versions: Host.versions,
      planHash: createHash("sha256").update(resolved).digest("hex").slice(0, 16),
      files: {
        "plan.yaml": resolved,
        ".hydra/config.yaml": Config.toYaml(composition.config),
        ".hydra/hydra.yaml": `hydra:\n${indented(Config.toYaml(composition.hydra))}`,
        ".hydra/overrides.yaml": Config.toYaml(input.overrides)
      }
    }
  }
})

/** Tells what composes and is still not what somebody meant. */
export const warn = (warnings: ReadonlyArray<string>) =>
  Effect.flatMap(Progress, (progress) => Effect.forEach(warnings, progress.warn, { discard: true }))
