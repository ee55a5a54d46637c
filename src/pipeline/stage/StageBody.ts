/** A stage without the types of its inputs and parameters, which it checks itself. */
import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Limit } from "./PipelineSession.ts"
import type { StageRecord } from "./StageRecord.ts"
import type { StageRefused } from "./StageRefused.ts"

export interface Body<Out, E, R> {
  readonly name: string
  /** What the variants of one stage share. */
  readonly definition: object
  readonly version: StageRecord["version"]
  readonly limits: ReadonlyArray<Limit>
  readonly encodeInput: (name: string, value: unknown) => Effect.Effect<Schema.Json, StageRefused>
  readonly encodeParameters: (given: unknown) => Effect.Effect<Schema.Json, StageRefused>
  readonly encodeOutput: (value: Out) => Effect.Effect<Schema.Json, StageRefused>
  readonly decodeOutput: (json: Schema.Json) => Effect.Effect<Out, StageRefused>
  /** Decodes what it is given into the effect that makes the output. */
  readonly prepare: (
    input: Schema.Json,
    parameters: Schema.Json
  ) => Effect.Effect<Effect.Effect<Out, E, R>, StageRefused>
}
