/** What `anneal data preview` shows of a detector's training: samples with their regions. */
import * as Effect from "effect/Effect"
import type { Asked, Previewed, TaskFailure } from "../../pipeline/module/TaskModule.ts"
import type { DataServices } from "../../pipeline/task/Workers.ts"
import * as DetectionData from "./DetectionData.ts"
import type { DetectorPlan } from "./DetectionPlan.ts"
import * as DetectionSource from "./DetectionSource.ts"
import * as Batch from "./data/Batch.ts"

const previewed = ({ sample }: Batch.Prepared): Previewed => {
  const { name, width, height, rgb, regions } = sample
  const outlines = (ignored: boolean) =>
    regions.filter(({ ignore }) => ignore === ignored).map(({ polygon }) => polygon)
  const [legible, ignored] = [outlines(false), outlines(true)]
  const also = ignored.length === 0 ? "" : `, ${ignored.length} ignored`
  return {
    name,
    image: { width, height, rgb },
    caption: `${legible.length} regions${also}`,
    outlines: legible,
    ignored
  }
}

/** The first samples of an epoch, as training gets them. */
export const preview = Effect.fn("DetectionPreview.preview")(function* (
  { data: plan }: DetectorPlan,
  { seed, epoch, count }: Asked
): Effect.fn.Return<ReadonlyArray<Previewed>, TaskFailure, DataServices> {
  const { folder, sharded } = yield* DetectionData.opened(plan)
  const setup = { plan, seed, multiple: 1, entries: folder, shards: sharded?.opened }
  const options = DetectionSource.trainingOptions(setup, yield* DetectionSource.source(setup, "train"))
  const sampleAt = Batch.trainingSample(options)
  const order = Batch.orderOf(options, epoch).subarray(0, count)
  return yield* Effect.forEach(order, (sample) => Effect.map(sampleAt(epoch, sample), previewed))
})
