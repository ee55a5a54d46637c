/** What `anneal data preview` shows of a classifier's training: samples with their classes. */
import * as Effect from "effect/Effect"
import type { Asked, Previewed, TaskFailure } from "../../pipeline/module/TaskModule.ts"
import type { DataServices } from "../../pipeline/task/Workers.ts"
import type { ClassificationPlan } from "./ClassificationPlan.ts"
import * as Augment from "./data/Augment.ts"
import * as Batch from "./data/Batch.ts"
import * as ClassificationData from "./data/ClassificationData.ts"
import * as ClassificationSource from "./data/ClassificationSource.ts"
import * as Pixels from "./data/Pixels.ts"

/** `cat`, or `cat 70 %, dog 30 %` of what is mixed. */
const captionOf = ({ classes, labels, mixed }: Batch.ClassificationBatch, index: number): string => {
  const nameOf = (label: number | undefined) => classes[label ?? -1] ?? "–"
  const own = nameOf(labels.data[index])
  if (mixed === undefined) return own
  const percent = Math.round(100 * mixed.part)
  return `${own} ${percent} %, ${nameOf(mixed.labels.data[index])} ${100 - percent} %`
}

const previewed = (batch: Batch.ClassificationBatch, input: Augment.Input): ReadonlyArray<Previewed> =>
  batch.names.map((name, i) => {
    const { width, height, channels } = input
    const data = Augment.toBytes(Batch.pixelsOf(batch, i), input)
    return { name, image: Pixels.toRgb({ width, height, channels, data }), caption: captionOf(batch, i) }
  })

/** The first batches of an epoch, as training gets them. */
export const preview = Effect.fn("ClassificationPreview.preview")(function* (
  { data: plan }: ClassificationPlan,
  { seed, epoch, count }: Asked
): Effect.fn.Return<ReadonlyArray<Previewed>, TaskFailure, DataServices> {
  const catalogue = yield* ClassificationData.catalogue(plan, "train")
  const { train } = yield* ClassificationSource.build({ plan, seed, catalogue })
  yield* ClassificationData.checkSize(plan, train.samples)
  const batches = Math.min(train.length, Math.ceil(count / plan.batch_size))
  const made = yield* Effect.forEach(
    Array.from({ length: batches }, (_, i) => i),
    (index) =>
      Effect.map(train.batch(epoch, index), (batch) => previewed(batch, ClassificationSource.inputOf(plan)))
  )
  return made.flat().slice(0, count)
})
