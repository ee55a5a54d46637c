/** What a task module offers of its data, for the commands under `anneal data` that work with any task. */
import * as Effect from "effect/Effect"
import type { Implementation, TaskModule } from "../../pipeline/module/TaskModule.ts"
import { DataError } from "../../pipeline/task/Dataset.ts"
import * as Loading from "../../runs/Loading.ts"
import * as Plans from "../../runs/Plans.ts"
import * as RunLayers from "../../runs/RunLayers.ts"
import { CommandRefused } from "../Failure.ts"
import * as Composition from "./config/Composition.ts"
import * as Decoded from "./config/Decoded.ts"

/** Which plan is meant, and where the result goes. */
export interface Input
  extends Pick<Composition.Input, "overrides" | "configDir" | "configPath" | "configName" | "strict"> {
  readonly out: string
}

/** Something that a task module may offer. */
export interface Offer<A, E, R> {
  readonly of: <P, Q, B, O, S>(
    implementation: Implementation<P, Q, B, O, S>,
    plan: P,
    seed: number
  ) => Effect.Effect<A, E, R> | undefined
  /** What a task without it does, such as "shows no samples". */
  readonly lacks: string
  /** The key of a task module and its page, such as "preview: docs/transforms.md". */
  readonly offeredBy: string
}

const offeredBy = Effect.fnUntraced(function* <P, T, Q, B, O, S, A, E, R>(
  module: TaskModule<P, T, Q, B, O, S>,
  value: unknown,
  offer: Offer<A, E, R>
) {
  yield* RunLayers.requirements(module)
  const { run, own } = yield* Plans.trainPlan(module, value)
  const found = offer.of(yield* Loading.implementation(module), own, run.seed)
  if (found !== undefined) return yield* found
  return yield* new CommandRefused({
    problem: `the task ${module.name} ${offer.lacks}.\nA task module offers it with ${offer.offeredBy}`
  })
})

/** Composes a training's plan, and asks its task. */
export const ask = Effect.fnUntraced(function* <A, E, R>(input: Input, offer: Offer<A, E, R>) {
  const composed = yield* Composition.compose("train", { ...Composition.nothing, ...input })
  yield* Composition.warn(composed.warnings)
  const { module } = yield* Composition.taskOf(composed)
  const { value } = yield* Decoded.plan(composed, yield* Plans.schema(module, "train"), input)
  return { task: module.name, offered: yield* module.use((known) => offeredBy(known, value, offer)) }
})

/** A place that `--out` names cannot be written. */
export const unwritable = (path: string) =>
  Effect.mapError(
    ({ message }: { readonly message: string }) =>
      new DataError({
        where: path,
        problem: `it cannot be written (${message})`,
        cure: "Name another: --out"
      })
  )
