/** What `anneal data inspect` shows of pictures in classes. */
import * as Effect from "effect/Effect"
import * as SplitProblems from "../../pipeline/inspect/SplitProblems.ts"
import type { Problem, Sample, Subject, Tally } from "../../pipeline/inspect/Subject.ts"
import type { TaskFailure } from "../../pipeline/module/TaskModule.ts"
import type { RgbImage } from "../../pipeline/picture/Images.ts"
import type { Part } from "../../pipeline/split/Split.ts"
import type { DataServices } from "../../pipeline/task/Workers.ts"
import type { ClassificationPlan } from "./ClassificationPlan.ts"
import type * as Catalogue from "./data/Catalogue.ts"
import * as ClassificationData from "./data/ClassificationData.ts"
import type { IdxData, PictureData } from "./data/DataPlan.ts"
import * as Idx from "./data/Idx.ts"
import * as IdxFolder from "./data/IdxFolder.ts"
import type { Candidate } from "./data/PictureCheck.ts"
import * as PictureSets from "./data/PictureSets.ts"
import * as Pixels from "./data/Pixels.ts"

interface Labelled extends Sample {
  readonly label: string
}

/** How many samples of each class a part has; classes without one count too. */
const tallyOf = (classes: ReadonlyArray<string>, part: string, samples: ReadonlyArray<Labelled>): Tally => {
  const counts = Map.groupBy(samples, ({ label }) => label)
  return { name: `classes of ${part}`, counts: classes.map((name) => [name, counts.get(name)?.length ?? 0]) }
}

const warningsAt = (where: string, warnings: ReadonlyArray<string>): ReadonlyArray<Problem> =>
  warnings.map((text) => ({ where, kind: "warning", text }))

const subjectOf = (
  where: string,
  classes: ReadonlyArray<string>,
  samples: ReadonlyArray<Labelled>
): Subject => ({
  where,
  samples,
  problems: [],
  notes: [],
  distributions: [],
  tallies: [...Map.groupBy(samples, ({ part }) => part)].map(([part, those]) => tallyOf(classes, part, those))
})

const ofPictures = Effect.fnUntraced(function* (plan: PictureData) {
  const listed = yield* ClassificationData.listing(plan)
  const { classes, where } = listed
  const { train, val = [], test = [], warnings } = yield* PictureSets.divide(plan, listed)
  const inPart = (part: Part, candidates: ReadonlyArray<Candidate>) =>
    candidates.map(({ name, path, label }): Labelled => {
      const caption = classes[label] ?? "–"
      return { name, where: path, part, caption, label: caption }
    })
  const samples = [...inPart("train", train), ...inPart("val", val), ...inPart("test", test)]
  const subject: Subject = {
    ...subjectOf(where, classes, samples),
    problems: [
      ...listed.problems.map((problem) => ({ ...problem, kind: "listing" })),
      ...(yield* SplitProblems.of(listed.root, plan.split, samples))
    ],
    notes: warningsAt(where, [...listed.warnings, ...warnings])
  }
  return subject
})

/** The pictures of an idx file, which are read from its bytes. */
const inIdx = Effect.fnUntraced(function* (part: Part, { file, name, indices, labels }: Catalogue.IdxPart) {
  const { data, sides } = yield* Idx.read(file, 3)
  const [, height = 0, width = 0] = sides
  const size = height * width
  const imageOf = (index: number): RgbImage =>
    Pixels.toRgb({ width, height, channels: 1, data: data.subarray(index * size, (index + 1) * size) })
  return Array.from(indices, (index, at) => ({
    name: `${name}-${String(index).padStart(5, "0")}`,
    where: `${file}: picture ${index}`,
    part,
    read: Effect.sync(() => imageOf(index)),
    label: labels[at] ?? -1
  }))
})

const ofIdx = Effect.fnUntraced(function* (plan: IdxData) {
  const { classes, train, val, warnings } = yield* IdxFolder.catalogue(plan, "train")
  const { test } = yield* IdxFolder.catalogue(plan, "test")
  const parts: ReadonlyArray<readonly [Part, typeof train | undefined]> = [
    ["train", train],
    // With no fraction for validation, what tests also validates.
    ["val", plan.val_fraction === 0 ? undefined : val],
    ["test", test]
  ]
  const samples = yield* Effect.forEach(parts, ([part, those]) =>
    those?.kind === "idx" ? inIdx(part, those) : Effect.succeed([])
  )
  const labelled = samples.flat().map((one): Labelled => {
    const label = classes[one.label] ?? "–"
    return { ...one, label, caption: label }
  })
  const subject: Subject = {
    ...subjectOf(plan.root, classes, labelled),
    notes: warningsAt(plan.root, warnings)
  }
  return subject
})

/** All samples of a plan's data; their pictures are looked at later. */
export const inspect = ({ data }: ClassificationPlan): Effect.Effect<Subject, TaskFailure, DataServices> =>
  data.kind === "idx" ? ofIdx(data) : ofPictures(data)
