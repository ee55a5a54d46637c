/** A stage whose code threw what its type does not tell of. */
import * as Schema from "effect/Schema"
import * as Thrown from "../internal/Thrown.ts"

/** The first line of a stack that is somebody's code and not Node's, as `file:line:column`. */
const placeOf = (defect: unknown): string => {
  const frames = defect instanceof Error ? (defect.stack ?? "").split("\n").slice(1) : []
  const place = frames.find((frame) => /^\s+at /.test(frame) && !frame.includes("node:"))
  return place === undefined ? "" : ` (${place.trim()})`
}

export class StageDied extends Schema.TaggedError<StageDied>()("StageDied", {
  stage: Schema.String,
  /** What was thrown. */
  cause: Schema.Defect()
}) {
  override get message() {
    const { cause, stage } = this
    return (
      `stage ${stage} died of what its type does not tell: ${Thrown.sentence(cause)}${placeOf(cause)}. ` +
      "Let it fail instead: Effect.try and Effect.tryPromise in place of what throws. " +
      "If a service was not found, a layer is missing: npx tsc --noEmit names it"
    )
  }
}
