/** The delivery of a spool, from its head; the client of a tracker is loaded only for its spools. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { LoggerPlan } from "../../../pipeline/plan/LoggerPlan.ts"
import * as Foreign from "../../internal/Foreign.ts"
import type { AnyDelivery } from "../spool/Delivery.ts"
import type { SpoolHead } from "../spool/File.ts"
import type { Origin } from "../tracker/Destination.ts"

/** There is no delivery for a spool. */
export class HeadUnknown extends Schema.TaggedError<HeadUnknown>()("HeadUnknown", {
  problem: Schema.String
}) {
  override get message() {
    return this.problem
  }
}

const decodePlan = Schema.decodeUnknownEffect(LoggerPlan)

export const of = Effect.fnUntraced(function* (
  head: SpoolHead,
  origin: Origin
): Effect.fn.Return<AnyDelivery, HeadUnknown, FileSystem.FileSystem | Scope.Scope> {
  const { wandb, mlflow } = yield* decodePlan({ [head.sink]: head.plan }).pipe(
    Effect.mapError(
      (error) => new HeadUnknown({ problem: `its plan cannot be decoded: ${Foreign.quoted(error.message)}` })
    )
  )
  if (head.sink === "wandb") {
    return yield* Effect.flatMap(
      Effect.promise(() => import("../wandb/Wandb.ts")),
      ({ delivery }) => delivery(wandb, head, origin)
    )
  }
  if (head.sink === "mlflow") {
    return yield* Effect.flatMap(
      Effect.promise(() => import("../mlflow/Mlflow.ts")),
      ({ delivery }) => delivery(mlflow, head, origin)
    )
  }
  return yield* new HeadUnknown({ problem: `there is no sink called ${Foreign.quoted(head.sink)}` })
})
