/** What `anneal data inspect` shows of a folder of annotated pictures: its regions, and what is wrong with them. */
import * as Effect from "effect/Effect"
import * as SplitProblems from "../../pipeline/inspect/SplitProblems.ts"
import type { Problem, Sample, Subject } from "../../pipeline/inspect/Subject.ts"
import { PlanRefused, type TaskFailure } from "../../pipeline/module/TaskModule.ts"
import type { Part } from "../../pipeline/split/Split.ts"
import type { DataServices } from "../../pipeline/task/Workers.ts"
import type { DetectorPlan } from "./DetectionPlan.ts"
import type { Entry } from "./data/FolderCheck.ts"
import type { Region } from "./data/TextImage.ts"
import * as AnnotatedFolder from "./format/AnnotatedFolder.ts"
import * as MinAreaRect from "./geometry/MinAreaRect.ts"
import * as ShardedData from "./ShardedData.ts"

const sampleOf =
  (part: Part) =>
  ({ name, path, regions }: Entry): Sample => ({
    name,
    where: path,
    part,
    caption: `${regions.length} regions`,
    outlines: regions.map(({ polygon }) => polygon)
  })

/** The angle of an axis that has no direction, degrees in (-90, 90]; positive is clockwise on a screen. */
const degrees = ([x, y]: readonly [number, number]): number => {
  const angle = (Math.atan2(y, x) * 180) / Math.PI
  if (angle > 90) return angle - 180
  return angle <= -90 ? angle + 180 : angle
}

const distributions = (
  entries: ReadonlyArray<Entry>,
  regions: ReadonlyArray<Region>
): Subject["distributions"] => {
  const rects = regions.flatMap(({ polygon }) => MinAreaRect.around(polygon) ?? [])
  const texts = regions.flatMap(({ ignore, transcription }) =>
    ignore || transcription === undefined ? [] : [[...transcription].length]
  )
  return [
    { name: "regions of a picture", unit: "", values: entries.map((entry) => entry.regions.length) },
    { name: "height of a region", unit: "px", values: rects.map(({ height }) => height) },
    {
      name: "length to height",
      unit: "",
      values: rects.flatMap(({ width, height }) => (height > 0 ? [width / height] : []))
    },
    { name: "rotation", unit: "°", values: rects.map(({ axis }) => degrees(axis)) },
    { name: "length of a text", unit: "characters", values: texts }
  ]
}

const cornersOf = ({ polygon }: Region): string => (polygon.length > 8 ? "more than 8" : `${polygon.length}`)

const tallies = (regions: ReadonlyArray<Region>): Subject["tallies"] => {
  const illegible = regions.filter(({ ignore }) => ignore).length
  const corners = Map.groupBy(regions, cornersOf)
  return [
    {
      name: "regions",
      counts: [
        ["legible", regions.length - illegible],
        ["illegible", illegible],
        ["with a text", regions.filter(({ transcription }) => transcription !== undefined).length]
      ]
    },
    {
      name: "corners of a region",
      counts: [...corners].map(([what, those]) => [what, those.length] as const).sort(([, a], [, b]) => b - a)
    }
  ]
}

/** What a polygon is refused for, in a word or two. */
const kindOf = (text: string): string =>
  /outside the picture|reaches .* pixels/.test(text) ? "out of bounds" : "degenerate"

const problemsOf = ({ listed, warnings }: AnnotatedFolder.Opened, root: string) => {
  const all = (kind: string, of: "pictures" | "clipped" | "empty") =>
    listed.flatMap((one) => one[of].map((found): Problem => ({ ...found, kind })))
  const polygons = listed.flatMap((one) =>
    one.polygons.map((found): Problem => ({ ...found, kind: kindOf(found.text) }))
  )
  return {
    problems: [...all("picture", "pictures"), ...polygons],
    notes: [
      ...all("clipped", "clipped"),
      ...all("empty", "empty"),
      ...warnings.map((text): Problem => ({ where: root, kind: "warning", text }))
    ]
  }
}

/** The pictures of a plan's folder with all that is wrong with them; only a folder that cannot be read at all fails. */
export const inspect = Effect.fn("DetectionInspect.inspect")(function* ({
  data: plan
}: DetectorPlan): Effect.fn.Return<Subject, TaskFailure, DataServices> {
  if (plan.kind !== "receipts") {
    return yield* new PlanRefused({
      key: "data.kind",
      value: plan.kind,
      problem: "synthetic receipts are drawn as they are needed, so that there is nothing to inspect",
      cure: "Name a folder: data=receipts data.root=<folder>. `anneal data synth` draws one."
    })
  }
  const folder = yield* AnnotatedFolder.open({
    ...(yield* ShardedData.folderOptions(plan)),
    // All of it is listed here, and pictures are decoded later.
    onBadSample: "list",
    decodeUpTo: 0
  })
  const { train, val, test, testIsVal } = folder
  const entries = [...train, ...val, ...(testIsVal ? [] : test)]
  const regions = entries.flatMap((entry) => entry.regions)
  const samples = [
    ...train.map(sampleOf("train")),
    ...val.map(sampleOf("val")),
    ...(testIsVal ? [] : test.map(sampleOf("test")))
  ]
  const { problems, notes } = problemsOf(folder, plan.root)
  return {
    where: plan.root,
    samples,
    problems: [...problems, ...(yield* SplitProblems.of(plan.root, plan.split, samples))],
    notes,
    distributions: distributions(entries, regions),
    tallies: tallies(regions)
  }
})
