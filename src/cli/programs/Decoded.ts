/** From a composed configuration to a decoded plan and what its run is told. */
import { createHash } from "node:crypto"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import type * as Schema from "effect/Schema"
import * as Config from "../../config/Config.ts"
import { Progress } from "../../pipeline/Progress.ts"
import type { RunContext } from "../../runs/RunLayers.ts"
import { ConfigurationRefused } from "../Failure.ts"
import * as Host from "../Host.ts"
import * as Composition from "./Composition.ts"

export interface Decoded<A> {
  readonly plan: A
  readonly context: RunContext
}

/** The plan; every problem is in one refusal, each with its place. */
export const plan = <S extends Schema.Constraint>(composition: Config.Composed, schema: S) =>
  Config.decode(schema, composition).pipe(Composition.refused)

/** Prints the decoded plan as JSON. */
export const print = <S extends Schema.Codec<unknown, unknown>>(composition: Config.Composed, schema: S) =>
  Effect.flatMap(plan(composition, schema), (value) => Console.log(JSON.stringify(value, null, 2)))

/** `hydra.run.dir`, resolved. */
const runDirectory = Effect.fnUntraced(function* (composition: Config.Composed) {
  const dir = yield* Config.resolveKey(composition, "hydra.run.dir").pipe(Composition.refused)
  if (typeof dir === "string" && dir !== "") return dir
  return yield* new ConfigurationRefused({
    problem: `hydra.run.dir is ${JSON.stringify(dir)}; it must be the path of a folder`
  })
})

/** Decodes the plan of a run and gathers what the run is told beside it. */
export const decode = Effect.fn("Decoded.decode")(function* <A, I>(
  composition: Config.Composed,
  schema: Schema.Codec<A, I>,
  overrides: ReadonlyArray<string>
) {
  const path = yield* Path.Path
  const resolved = Config.toYaml(yield* Config.resolveNode(composition).pipe(Composition.refused))
  const decoded: Decoded<A> = {
    plan: yield* plan(composition, schema),
    context: {
      directory: path.resolve(yield* runDirectory(composition)),
      command: ["anneal", ...process.argv.slice(2)],
      overrides,
      versions: Host.versions,
      planHash: createHash("sha256").update(resolved).digest("hex").slice(0, 16),
      files: {
        "plan.yaml": resolved,
        ".hydra/config.yaml": Config.toYaml(composition.config),
        ".hydra/hydra.yaml": Composition.hydraYaml(composition),
        ".hydra/overrides.yaml": Config.toYaml(overrides)
      }
    }
  }
  return decoded
})

/** Tells what composes and is still not what somebody meant. */
export const warn = ({ warnings }: Config.Composed) =>
  Effect.flatMap(Progress, (progress) =>
    Effect.forEach(warnings, ({ message }) => progress.warn(message), { discard: true })
  )

/** Words as a shell takes them. */
export const commandLine = (words: ReadonlyArray<string>): string =>
  words
    .map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? ` ${word}` : ` '${word.replaceAll("'", `'\\''`)}'`))
    .join("")
