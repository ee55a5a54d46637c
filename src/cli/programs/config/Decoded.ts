/** From a composed configuration to a decoded plan: for a run, with its context, or as text. */
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import * as Config from "../../../config/Config.ts"
import { didYouMean } from "../../../config/node/Nearest.ts"
import * as Run from "../../../config/sweep/Run.ts"
import { Progress } from "../../../pipeline/run/Progress.ts"
import * as Plans from "../../../runs/Plans.ts"
import type { RunContext } from "../../../runs/RunLayers.ts"
import { CommandRefused } from "../../Failure.ts"
import * as Host from "../../Host.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
import * as Composition from "./Composition.ts"

export interface Decoded<A> {
  readonly plan: A
  readonly context: RunContext
  /** What composes and decodes, but is probably not what was meant. */
  readonly warnings: ReadonlyArray<Config.Warning>
}

/** A Schema of plans that name the folder of all runs, as every plan does. */
export type PlanSchema = Schema.Constraint & {
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

/** Decodes the plan of a run, and gathers the context that the run gets beside it. */
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
      files: { "plan.yaml": resolved, ...files },
      registry: resolve(value.paths.output_dir)
    }
  }
  return decoded
})

/** The part at a dotted key. */
const partOf = Effect.fnUntraced(function* (plan: unknown, key: string) {
  let part: unknown = plan
  for (const name of key.split(".")) {
    const next: unknown = Predicate.hasProperty(part, name) ? part[name] : undefined
    if (next === undefined) {
      const known = Predicate.isObject(part) ? Object.keys(part) : []
      return yield* new CommandRefused({
        problem: `--package ${key}: the plan has no "${name}" there${didYouMean(name, known)}`
      })
    }
    part = next
  }
  return part
})

/** Prints the plan of a command, or the part that `--package` names. */
export const print = Effect.fnUntraced(function* (
  command: Composition.Command,
  composition: Config.Composed,
  input: Composition.Input
) {
  const { value, warnings } = yield* plan(composition, Plans.schemas[command], input)
  const key = Option.filter(input.pkg, (name) => name !== "_global_")
  const part = Option.isSome(key) ? yield* partOf(value, key.value) : value
  yield* Composition.warn(warnings)
  yield* StandardOutput.json(part)
})

/** Shows the warnings on the screen of a run. */
export const warn = ({ warnings }: Pick<Decoded<unknown>, "warnings">) =>
  Effect.flatMap(Progress, (progress) =>
    Effect.forEach(warnings, ({ message }) => progress.warn(message), { discard: true })
  )

/** Words of a command line, quoted for a shell if needed, each after a space. */
export const commandLine = (words: ReadonlyArray<string>): string =>
  words
    .map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? ` ${word}` : ` '${word.replaceAll("'", `'\\''`)}'`))
    .join("")
