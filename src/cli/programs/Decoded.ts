/** From a composed configuration to a decoded plan and what its run is told. */
import { createHash } from "node:crypto"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Config from "../../config/Config.ts"
import type * as Run from "../../config/Run.ts"
import { Progress } from "../../pipeline/Progress.ts"
import type { RunContext } from "../../runs/RunLayers.ts"
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

/** Decodes the plan of a run and gathers what the run is told beside it. */
export const decode = Effect.fn("Decoded.decode")(function* <S extends Schema.Constraint>(
  { composed, folder, files }: Run.Started,
  schema: S,
  overrides: ReadonlyArray<string>
) {
  const resolved = Config.toYaml(yield* Config.resolveNode(composed).pipe(Composition.refused))
  const decoded: Decoded<S["Type"]> = {
    plan: yield* plan(composed, schema),
    context: {
      directory: folder,
      command: ["anneal", ...process.argv.slice(2)],
      overrides,
      versions: Host.versions,
      planHash: createHash("sha256").update(resolved).digest("hex").slice(0, 16),
      files: { "plan.yaml": resolved, ...files }
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
