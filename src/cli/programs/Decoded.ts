/** From a composed configuration to a decoded plan and what its run is told. */
import { createHash } from "node:crypto"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Config from "../../config/Config.ts"
import * as Plain from "../../config/Plain.ts"
import * as Resolve from "../../config/Resolve.ts"
import { Progress } from "../../pipeline/Progress.ts"
import type { RunContext } from "../../runs/RunLayers.ts"
import { ConfigurationRefused } from "../Failure.ts"
import * as Host from "../Host.ts"
import * as Composition from "./Composition.ts"

export interface Decoded<A> {
  readonly plan: A
  readonly context: RunContext
}

const decodeValue = <A, I>(schema: Schema.Codec<A, I>, values: unknown) =>
  Schema.decodeUnknownEffect(schema)(values, { errors: "all", onExcessProperty: "error" }).pipe(
    Composition.refused
  )

/** The plan; every problem is in one refusal. */
export const plan = <A, I>(composition: Config.Composed, schema: Schema.Codec<A, I>) =>
  Effect.flatMap(Config.resolve(composition).pipe(Composition.refused), (values) =>
    decodeValue(schema, values)
  )

/** Prints the decoded plan as JSON. */
export const print = <A, I>(composition: Config.Composed, schema: Schema.Codec<A, I>) =>
  Effect.flatMap(plan(composition, schema), (value) => Console.log(JSON.stringify(value, null, 2)))

/** `hydra.run.dir`, resolved. */
const runDirectory = ({ root, options: { runtime } }: Config.Composed) =>
  Resolve.key({ root, hydra: root, env: runtime.env, now: runtime.now }, "hydra.run.dir").pipe(
    Effect.mapError(
      (errors) => new ConfigurationRefused({ problem: errors.map((error) => error.message).join("\n") })
    ),
    Effect.flatMap((found) => decodeValue(Schema.NonEmptyString, found && Plain.fromNode(found.node)))
  )

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
