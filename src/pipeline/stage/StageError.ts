/** How a stage fails apart from its own errors: values do not fit its declaration, or its code threw. */
import * as Schema from "effect/Schema"
import * as Thrown from "../internal/Thrown.ts"

/** Values that do not fit the declaration of their stage. */
export class StageRefused extends Schema.TaggedError<StageRefused>()("StageRefused", {
  stage: Schema.String,
  /** What does not fit. */
  part: Schema.Literals(["name", "input", "parameters", "output"]),
  problem: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return `stage ${this.stage}, ${this.part}: ${this.problem}. ${this.cure}`
  }
}

/** The first line of a stack that is the user's code and not Node's, as `file:line:column`. */
const placeOf = (defect: unknown): string => {
  const frames = defect instanceof Error ? (defect.stack ?? "").split("\n").slice(1) : []
  const place = frames.find((frame) => /^\s+at /.test(frame) && !frame.includes("node:"))
  return place === undefined ? "" : ` (${place.trim()})`
}

/** A stage whose code threw an error that its type does not declare. */
export class StageDied extends Schema.TaggedError<StageDied>()("StageDied", {
  stage: Schema.String,
  /** What was thrown. */
  cause: Schema.Defect()
}) {
  override get message() {
    const { cause, stage } = this
    return (
      `stage ${stage} threw an error that its type does not declare: ${Thrown.sentence(cause)}${placeOf(cause)}. ` +
      "Wrap what throws in Effect.try or Effect.tryPromise, so that it fails instead. " +
      "If a service was not found, a layer is missing: npx tsc --noEmit names it"
    )
  }
}
