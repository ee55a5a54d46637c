/** The tasks that come with Anneal, by name; each is loaded when it is asked for. */
import * as Effect from "effect/Effect"
import type { Any } from "../../pipeline/module/TaskModule.ts"

export const modules: { readonly [name: string]: Effect.Effect<Any> } = {
  text_detection: Effect.map(
    Effect.promise(() => import("../textDetection/DetectionModule.ts")),
    (module) => module.default
  ),
  image_classification: Effect.map(
    Effect.promise(() => import("../imageClassification/ClassificationModule.ts")),
    (module) => module.default
  )
}

/** The task of a plan that names none. */
export const usual = "text_detection"
