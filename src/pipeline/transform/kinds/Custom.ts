/** A transform of the user's own: a module whose default export is `Transform.make(options, make)`. */
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Thrown from "../../internal/Thrown.ts"
import { field, required } from "../../plan/PlanField.ts"
import { DataError } from "../../task/Dataset.ts"
import { isCustom, type Transform } from "../Transform.ts"

export const Custom = Schema.Struct({
  kind: Schema.tag("custom"),
  module: required(
    Schema.NonEmptyString,
    "Path of a TypeScript or JavaScript module with a transform, from the folder that the command runs in."
  ),
  options: field(Schema.Record(Schema.String, Schema.Unknown), {}, "What the module is given.")
})

const refused = (where: string, problem: string, cure: string) => new DataError({ where, problem, cure })

/** Imports the module, in the thread that makes batches, and gives it its options. */
export const load = Effect.fnUntraced(function* ({
  module,
  options
}: typeof Custom.Type): Effect.fn.Return<Transform, DataError> {
  const path = resolve(module)
  const loaded: { readonly default?: unknown } = yield* Effect.tryPromise({
    try: () => import(pathToFileURL(path).href),
    catch: (cause) =>
      refused(
        path,
        `the transform cannot be loaded: ${Thrown.sentence(cause)}${Thrown.place(cause)}`,
        "Name a TypeScript or JavaScript module in data.transforms, as { kind: custom, module: ./src/shade.ts }."
      )
  })
  const custom = loaded.default
  if (!isCustom(custom)) {
    return yield* refused(
      path,
      "its default export is no transform",
      "Write `export default Transform.make({ … }, (options) => (frame, random) => ({ … }))`."
    )
  }
  return yield* Effect.mapError(Effect.fromResult(custom.make(options)), (problem) =>
    refused(path, `its options in data.transforms do not fit: ${problem}`, "Correct them in the plan.")
  )
})
