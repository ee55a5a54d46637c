/** From a composed configuration to a decoded plan: for a run, with its context, or as text. */
import { createHash } from "node:crypto"
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
import { Invocation } from "../../Invocation.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
import type { DeclaredTask } from "../module/DeclaredTask.ts"
import type { TaskChoice } from "../module/TaskChoice.ts"
import * as Composition from "./Composition.ts"

/** What every plan of a run has. */
export interface RunPlan {
  readonly paths: { readonly output_dir: string }
}

export interface Decoded<A> {
  readonly plan: A
  readonly context: RunContext
  /** What composes and decodes, but is probably not what was meant. */
  readonly warnings: ReadonlyArray<Config.Warning>
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

export interface Asked<A, E> {
  readonly choice: TaskChoice
  readonly command: Composition.Command
  /** Takes a decoded plan apart. */
  readonly apart: (value: unknown) => Effect.Effect<A, E>
}

/** What a run's record says of the module of its task. */
const recorded = ({ path, content }: DeclaredTask["source"]) => ({
  module: path,
  digest: createHash("sha256").update(content).digest("hex")
})

/** Decodes the plan of a run, and gathers the context that the run gets beside it. */
export const decode = Effect.fn("Decoded.decode")(function* <A extends { readonly run: RunPlan }, E>(
  { composed, folder, files }: Run.Started,
  { choice, command, apart }: Asked<A, E>,
  input: Composition.Input
) {
  const { module, source } = choice
  const { program } = yield* Invocation
  const resolved = Config.toYaml(yield* Config.resolveNode(composed).pipe(Composition.refused))
  const { value, warnings } = yield* plan(composed, yield* Plans.schema(module, command), input)
  const parts = yield* apart(value)
  const decoded: Decoded<A> = {
    plan: parts,
    warnings,
    context: {
      directory: folder,
      timed: yield* Run.isTimed(composed).pipe(Composition.refused),
      command: [...program, ...process.argv.slice(2)],
      overrides: input.overrides,
      versions: Host.versions,
      files: { "plan.yaml": resolved, ...files },
      ...(source === undefined ? {} : { task: recorded(source) }),
      registry: resolve(parts.run.paths.output_dir)
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
  const { module } = yield* Composition.taskOf(composition)
  const { value, warnings } = yield* plan(composition, yield* Plans.schema(module, command), input)
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
