/** From the samples that a folder or a table lists to the parts of a catalogue, their pictures looked at. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type { PlanRefused, Purpose } from "../../../pipeline/module/TaskModule.ts"
import type { ImageCodec } from "../../../pipeline/picture/Images.ts"
import * as Division from "../../../pipeline/split/Division.ts"
import * as Leaks from "../../../pipeline/split/Leaks.ts"
import type { Part } from "../../../pipeline/split/Split.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Catalogue from "./Catalogue.ts"
import { dividesByClass, type PictureData } from "./DataPlan.ts"
import * as PictureCheck from "./PictureCheck.ts"
import * as Problems from "./Problems.ts"
import * as Validation from "./Validation.ts"

type Candidates = ReadonlyArray<PictureCheck.Candidate>

export interface Listing {
  /** The folder or file that lists them. */
  readonly where: string
  /** Files that a plan names are relative to it. */
  readonly root: string
  readonly classes: ReadonlyArray<string>
  readonly train: Candidates
  /** Absent where the listing has no such part: then a fraction of `train` is. */
  readonly val?: Candidates | undefined
  readonly test?: Candidates | undefined
  /** What is wrong with samples as they are listed. */
  readonly problems: ReadonlyArray<Problems.Problem>
  readonly warnings: ReadonlyArray<string>
}

/** Sets of at most so many pictures are decoded whole before a run begins. */
const DECODED = 500

const MEND = "Mend them or take them out."

const CURE = "Mend them or take them out; data.on_bad_sample=skip leaves out samples that cannot be used."

interface Divided {
  readonly train: Candidates
  readonly val: Candidates | undefined
  readonly test: Candidates | undefined
  readonly warnings: ReadonlyArray<string>
}

const someOf = (candidates: Candidates): Candidates | undefined =>
  candidates.length === 0 ? undefined : candidates

/** Class by class, drawn: the samples of a part by their place. */
const byClass = (plan: PictureData, train: Candidates, fractions: { val: number; test: number }) => {
  const labels = train.map(({ label }) => label)
  const split = Catalogue.split(labels, { ...fractions, seed: plan.split_seed })
  const parts: Array<Part> = train.map(() => "train")
  for (const at of split.val) parts[at] = "val"
  for (const at of split.test) parts[at] = "test"
  return { parts, warnings: [] }
}

/** The samples in the parts that the listing has, and what is missing of them divided as the plan says. */
export const divide = Effect.fnUntraced(function* (plan: PictureData, listing: Listing) {
  const { train, val, test, root: folder } = listing
  const fractions = {
    val: val === undefined ? plan.val_fraction : 0,
    test: test === undefined ? plan.test_fraction : 0
  }
  const named = train.map(({ name, label }) => ({ name, stratum: label }))
  const { parts, warnings } = dividesByClass(plan.split)
    ? byClass(plan, train, fractions)
    : yield* Division.divide(named, plan.split, { root: folder, seed: plan.split_seed, ...fractions })
  const those = (part: Part): Candidates => train.filter((_, at) => parts[at] === part)
  const divided: Divided = {
    train: those("train"),
    val: someOf(val ?? those("val")),
    test: someOf(test ?? those("test")),
    warnings
  }
  return divided
})

const placed = (part: Part, candidates: Candidates = []) =>
  candidates.map(({ name, path }): Leaks.Placed => ({ name, path, part }))

const leaksOf = ({ split }: PictureData, { root }: Listing, { train, val, test }: Divided) =>
  Leaks.check(root, split, {
    samples: [...placed("train", train), ...placed("val", val), ...placed("test", test)],
    usual: dividesByClass(split)
  })

const partOf = ({ entries }: PictureCheck.Checked): Catalogue.PicturePart => ({ kind: "pictures", entries })

/** A set of which nothing could be used would measure nothing, without a word. */
const requireSome = (where: string, what: string, part: PictureCheck.Checked) =>
  part.entries.length > 0
    ? Effect.void
    : Effect.fail(
        new DataError({
          where,
          problem: `there is no picture to ${what}`,
          cure: "Add pictures (.jpg, .png, .webp, .tiff, .avif, .gif), or name other data."
        })
      )

/** The parts that a run of a purpose reads, and sentences about them. */
interface Read {
  readonly train: Candidates
  readonly val: Candidates
  readonly test: Candidates
  readonly warnings: ReadonlyArray<string>
}

const readFor = (
  purpose: Purpose,
  { train, val, test }: Divided,
  fraction: number
): Effect.Effect<Read, PlanRefused> =>
  purpose === "test" && test !== undefined
    ? Effect.succeed({ train: [], val: [], test, warnings: [] })
    : Effect.map(Validation.validating(val, test, fraction), ({ part, warnings }) => ({
        train: purpose === "train" ? train : [],
        val: part,
        test: [],
        warnings
      }))

const looked = (candidates: Candidates, skip: boolean) =>
  PictureCheck.check(candidates, skip || candidates.length <= DECODED)

/** Divides the samples and looks at the pictures that a run of this purpose reads; the others stay unseen. */
export const catalogue = Effect.fn("PictureSets.catalogue")(function* (
  plan: PictureData,
  purpose: Purpose,
  listing: Listing
): Effect.fn.Return<
  Catalogue.Catalogue,
  DataError | PlanRefused,
  FileSystem.FileSystem | Path.Path | ImageCodec
> {
  const { where, classes } = listing
  const skip = plan.on_bad_sample === "skip"
  const divided = yield* divide(plan, listing)
  const leaks = yield* leaksOf(plan, listing, divided)
  const read = yield* readFor(purpose, divided, plan.val_fraction)
  const train = yield* looked(read.train, skip)
  const val = yield* looked(read.val, skip)
  const test = yield* looked(read.test, skip)
  const problems = [...listing.problems, ...train.problems, ...val.problems, ...test.problems]
  if (problems.length > 0 && !skip) return yield* Problems.failure(where, problems, CURE)
  if (purpose === "train") yield* requireSome(where, "train on", train)
  yield* read.test.length > 0 ? requireSome(where, "test on", test) : requireSome(where, "validate on", val)
  const labels = train.entries.map(({ label }) => label)
  return {
    classes,
    train: partOf(train),
    val: partOf(val),
    test: divided.test && partOf(test),
    warnings: [
      ...listing.warnings,
      ...divided.warnings,
      ...leaks,
      ...read.warnings,
      ...Problems.warning(problems),
      ...Problems.paged([...train.paged, ...val.paged, ...test.paged]),
      ...Validation.unseen(classes, labels)
    ],
    skipped: Problems.errors(problems, MEND)
  }
})
