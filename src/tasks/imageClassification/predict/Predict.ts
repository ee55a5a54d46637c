/** Classes of pictures, into `predictions/predictions.json` and `predictions/predictions.csv`. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Stream from "effect/Stream"
import {
  PlanRefused,
  type Predicted,
  type Prediction,
  type TaskFailure,
  type TaskServices
} from "../../../pipeline/module/TaskModule.ts"
import type { ImageCodec } from "../../../pipeline/picture/Images.ts"
import { RunDirectory } from "../../../pipeline/run/RunDirectory.ts"
import type { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Batch from "../data/Batch.ts"
import * as ClassificationData from "../data/ClassificationData.ts"
import * as ClassificationSource from "../data/ClassificationSource.ts"
import * as CsvText from "../data/CsvText.ts"
import { countOf, type DataPlan } from "../data/DataPlan.ts"
import * as PictureSource from "../data/PictureSource.ts"
import type { ClassificationResult, SampleResult } from "../metric/ClassificationResult.ts"
import * as Inputs from "./Inputs.ts"
import type { ClassificationPredictPlan } from "./PredictPlan.ts"

/** What predictions need of the plan that the net was trained by. */
export interface Planned {
  readonly data: DataPlan
}

/** What is written of one picture. */
interface Guess {
  readonly name: string
  readonly class: string
  /** In [0, 1]. */
  readonly probability: number
  /** Most probable first, with the class itself. */
  readonly top: ReadonlyArray<{ readonly class: string; readonly probability: number }>
}

/** Six digits: float32 has no more. */
const rounded = (probability: number): number => Number(probability.toPrecision(6))

const guessOf = (classes: ReadonlyArray<string>, { name, probabilities }: SampleResult, k: number): Guess => {
  const top = Array.from(probabilities, (probability, i) => ({
    class: classes[i] ?? String(i),
    probability: rounded(probability)
  }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, k)
  return { name, class: top[0]?.class ?? "", probability: top[0]?.probability ?? 0, top }
}

const csvOf = (guesses: ReadonlyArray<Guess>): string =>
  [
    "name,class,probability",
    ...guesses.map(
      (guess) => `${CsvText.quote(guess.name)},${CsvText.quote(guess.class)},${guess.probability}`
    ),
    ""
  ].join("\n")

/** The names of the net's outputs: those asked for, those of the plan, or those of the data that it was trained on. */
const namesFor = Effect.fnUntraced(function* (
  { data }: Planned,
  { class_names }: ClassificationPredictPlan
): Effect.fn.Return<ReadonlyArray<string>, TaskFailure, FileSystem.FileSystem | Path.Path | ImageCodec> {
  const count = countOf(data)
  const refused = (value: string, problem: string) =>
    new PlanRefused({
      key: "class_names",
      value,
      problem,
      cure: `Name the ${count} classes in the order of the net's outputs: class_names=[first,second,…].`
    })
  if (class_names !== null) {
    if (class_names.length === count) return class_names
    return yield* refused(
      `[${class_names.join(", ")}]`,
      `the net has ${count} classes, not ${class_names.length}`
    )
  }
  if (typeof data.classes !== "number") return data.classes
  if (data.kind === "idx") return Array.from({ length: count }, (_, i) => String(i))
  return yield* ClassificationData.classNames(data).pipe(
    Effect.mapError(({ message }) =>
      refused(
        "null",
        `the data that the net was trained on no longer says what its classes are called (${message})`
      )
    )
  )
})

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`

/** Keeps a line a picture, and nothing of the pictures themselves. */
const write =
  (topK: number, skipped: ReadonlyArray<DataError>) =>
  <E, R>(outputs: Stream.Stream<ClassificationResult, E, R>) =>
    Effect.gen(function* () {
      const directory = yield* RunDirectory
      const guesses: Array<Guess> = []
      yield* Stream.runForEach(outputs, ({ classes, samples }) =>
        Effect.sync(() => {
          for (const sample of samples) guesses.push(guessOf(classes, sample, topK))
        })
      )
      const json = "predictions/predictions.json"
      const csv = "predictions/predictions.csv"
      yield* directory.write(json, `${JSON.stringify({ predictions: guesses }, undefined, 2)}\n`)
      yield* directory.write(csv, csvOf(guesses))
      const found = new Set(guesses.map((guess) => guess.class)).size
      const predicted: Predicted = {
        summary: `${counted(guesses.length, "picture")} of ${found === 1 ? "1 class" : `${found} classes`}`,
        samples: guesses.length,
        places: [
          { what: "json", path: json },
          { what: "csv", path: csv }
        ],
        // Those that were found on the way are among them by now.
        skipped: skipped.toSorted((a, b) => Number(a.where > b.where) - Number(a.where < b.where))
      }
      return predicted
    })

/** What `anneal predict` does: pictures in, as evaluation sees them, and their classes written. */
export const predict = Effect.fn("ImageClassification.predict")(function* (
  plan: Planned,
  asked: ClassificationPredictPlan,
  { strict }: { readonly strict: boolean }
): Effect.fn.Return<Prediction<Batch.ClassificationBatch, ClassificationResult>, TaskFailure, TaskServices> {
  const classes = yield* namesFor(plan, asked)
  const { part, skipped: before } = yield* Inputs.open(asked.image_dir, strict)
  const skipped = [...before]
  const input = ClassificationSource.inputOf(plan.data)
  const source = yield* PictureSource.make(part, input)
  const inputs = Batch.evaluationDataset({
    name: "predict",
    source,
    input,
    classes,
    batchSize: plan.data.val_batch_size,
    ...(strict ? {} : { skip: (why) => Effect.sync(() => void skipped.push(why)) })
  })
  return { inputs, write: write(asked.top_k, skipped) }
})
