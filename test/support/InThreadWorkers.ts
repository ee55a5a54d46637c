/** `Workers` without threads: the data module runs in this one, whatever number is asked for. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { DataError } from "../../src/pipeline/task/Dataset.ts"
import {
  type DataProgram,
  type DataServices,
  isDataProgram,
  type Sets,
  Workers,
  type WorkersOptions
} from "../../src/pipeline/task/Workers.ts"

const load = <Setup, S extends Sets<unknown>>(module: URL): Effect.Effect<DataProgram<Setup, S>, DataError> =>
  Effect.flatMap(
    Effect.promise(async (): Promise<{ readonly default?: unknown }> => import(module.href)),
    ({ default: program }) =>
      isDataProgram<Setup, S>(program)
        ? Effect.succeed(program)
        : Effect.fail(
            new DataError({ where: module.href, problem: "it is no data module", cure: "Export `serve(…)`." })
          )
  )

/** Setups are cloned as a thread would clone them, so that what cannot be cloned fails here too. */
export const layer: Layer.Layer<Workers, never, DataServices> = Layer.effect(
  Workers,
  Effect.map(Effect.context<DataServices>(), (services) =>
    Workers.of({
      open: <Setup, S extends Sets<unknown>>({ module, setup }: WorkersOptions<Setup>) =>
        load<Setup, S>(module).pipe(
          Effect.flatMap((program) => program.open(structuredClone(setup))),
          Effect.provide(services)
        )
    })
  )
)
