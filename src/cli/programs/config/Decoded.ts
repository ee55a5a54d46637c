/** From a composed configuration to a decoded plan and what its run is told. */
import { createHash } from "node:crypto"
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Config from "../../../config/Config.ts"
import * as Run from "../../../config/sweep/Run.ts"
import { Progress } from "../../../pipeline/run/Progress.ts"
import type { RunContext } from "../../../runs/RunLayers.ts"
import * as Host from "../../Host.ts"
import * as Composition from "./Composition.ts"

export interface Decoded<A> {
  readonly plan: A
  readonly context: RunContext
  /** What composes and decodes and is still not what somebody meant. */
  readonly warnings: ReadonlyArray<Config.Warning>
}

/** A Schema of plans that name the folder of all runs, as every plan does. */
type PlanSchema = Schema.Constraint & {
  readonly Type: { readonly paths: { readonly output_dir: string } }
}

/** The plan and its warnings, which `--strict` refuses; every problem is in one refusal, each with its place. */
export const plan = Effect.fnUntraced(function* <S extends Schema.Constraint>(
  composition: Config.Composed,
  schema: S,
  { strict }: Pick<Composition.Input, "strict">
) {
  const decoded = yield* Config.decodeWithWarnings(schema, composition).pipe(Composition.refused)
  if (strict) yield* Config.refuseWarnings(decoded.warnings).pipe(Composition.refused)
  return decoded
})

/** Decodes the plan of a run and gathers what the run is told beside it. */
export const decode = Effect.fn("Decoded.decode")(function* <S extends PlanSchema>(
  { composed, folder, files }: Run.Started,
  schema: S,
  input: Composition.Input
) {
  const resolved = Config.toYaml(yield* Config.resolveNode(composed).pipe(Composition.refused))
  const { value, warnings } = yield* plan(composed, schema, input)
  const decoded: Decoded<S["Type"]> = {
    plan: value,
    warnings,
    context: {
      directory: folder,
      timed: yield* Run.isTimed(composed).pipe(Composition.refused),
      command: ["anneal", ...process.argv.slice(2)],
      overrides: input.overrides,
      versions: Host.versions,
      planHash: createHash("sha256").update(resolved).digest("hex").slice(0, 16),
      files: { "plan.yaml": resolved, ...files },
      registry: resolve(value.paths.output_dir)
    }
  }
  return decoded
})

/** Tells the warnings on the screen of a run. */
export const warn = ({ warnings }: Pick<Decoded<unknown>, "warnings">) =>
  Effect.flatMap(Progress, (progress) =>
    Effect.forEach(warnings, ({ message }) => progress.warn(message), { discard: true })
  )

/** Words as a shell takes them. */
export const commandLine = (words: ReadonlyArray<string>): string =>
  words
    .map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? ` ${word}` : ` '${word.replaceAll("'", `'\\''`)}'`))
    .join("")
