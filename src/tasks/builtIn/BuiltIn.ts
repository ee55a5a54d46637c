/** The tasks that come with Anneal, by name; each is loaded when it is asked for. */
import * as Effect from "effect/Effect"
import type { Any } from "../../pipeline/module/TaskModule.ts"

export type { Converted } from "../textDetection/format/Convert.ts"
export { isModule, type Named, names as formats } from "../textDetection/format/Names.ts"
export { boxTypes } from "../textDetection/score/BoxTypes.ts"
export type { Options as ScoreOptions, Scored } from "../textDetection/score/Score.ts"
export {
  difficultyOf,
  KINDS as kinds,
  LANGUAGES as languages,
  LEVELS as levels,
  languagesOf
} from "../textDetection/synthetic/Names.ts"
export type { Event as SynthesisEvent } from "../textDetection/synthetic/SynthFolder.ts"

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

/** What draws pictures with annotations into a folder, for `anneal data synth`, and reads what it says of them. */
export const synthesis = Effect.promise(async () => {
  const [{ write, writeInWorkers, optionsOf }, { read }] = await Promise.all([
    import("../textDetection/synthetic/SynthFolder.ts"),
    import("../textDetection/synthetic/SynthManifest.ts")
  ])
  return { write, writeInWorkers, optionsOf, read }
})

/** What writes a data folder in another layout, for `anneal data convert`, and the layouts by name or module. */
export const conversion = Effect.promise(async () => {
  const [{ convert }, { WORDS }, { byName }, { of }] = await Promise.all([
    import("../textDetection/format/Convert.ts"),
    import("../textDetection/format/Difference.ts"),
    import("../textDetection/format/All.ts"),
    import("../textDetection/format/OwnFormat.ts")
  ])
  return { convert, words: WORDS, formats: byName, formatOf: of }
})

/** How results in the files of a field are compared with the truth, for `anneal score`. */
export const scoring = Effect.promise(() => import("../textDetection/score/Score.ts"))

/** Small trainings of built-in models with known results, for `anneal doctor`: what is wrong, a sentence each. */
export const trials = (begin: (name: string) => Effect.Effect<void>) =>
  Effect.flatMap(
    Effect.promise(() => import("../textDetection/ModelTrial.ts")),
    (trial) => trial.run(begin)
  )
