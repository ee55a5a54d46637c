/** From the samples that a folder or a table lists to the parts of a catalogue, their pictures looked at. */
import * as Effect from "effect/Effect"
import type { PlanRefused, Purpose } from "../../../pipeline/module/TaskModule.ts"
import type { ImageCodec } from "../../../pipeline/picture/Images.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Catalogue from "./Catalogue.ts"
import type { PictureData } from "./DataPlan.ts"
import * as PictureCheck from "./PictureCheck.ts"
import * as Problems from "./Problems.ts"
import * as Validation from "./Validation.ts"

type Candidates = ReadonlyArray<PictureCheck.Candidate>

export interface Listing {
  /** The folder or file that lists them. */
  readonly where: string
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
}

const someOf = (candidates: Candidates): Candidates | undefined =>
  candidates.length === 0 ? undefined : candidates

const divide = (plan: PictureData, listing: Listing): Divided => {
  const fractions = {
    val: listing.val === undefined ? plan.val_fraction : 0,
    test: listing.test === undefined ? plan.test_fraction : 0,
    seed: plan.split_seed
  }
  const divided = Catalogue.split(
    listing.train.map(({ label }) => label),
    fractions
  )
  const those = (indices: ReadonlyArray<number>): Candidates =>
    indices.flatMap((index) => listing.train[index] ?? [])
  return {
    train: those(divided.train),
    val: someOf(listing.val ?? those(divided.val)),
    test: someOf(listing.test ?? those(divided.test))
  }
}

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
): Effect.fn.Return<Catalogue.Catalogue, DataError | PlanRefused, ImageCodec> {
  const { where, classes } = listing
  const skip = plan.on_bad_sample === "skip"
  const divided = divide(plan, listing)
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
      ...read.warnings,
      ...Problems.warning(problems),
      ...Problems.paged([...train.paged, ...val.paged, ...test.paged]),
      ...Validation.unseen(classes, labels)
    ],
    skipped: Problems.errors(problems, MEND)
  }
})
