/** Divides the samples of a data set by its plan: reads the files that the plan names, and leaves the rest to `Split`. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { DataError } from "../task/Dataset.ts"
import * as Groups from "./Groups.ts"
import * as NameLists from "./NameLists.ts"
import * as Split from "./Split.ts"
import type { SplitPlan } from "./SplitPlan.ts"

export interface Named {
  /** Unique in the set. */
  readonly name: string
  /** See `Split.Sample`; read where the plan stratifies. */
  readonly stratum: number
}

export interface Options {
  /** The data folder, absolute: files are relative to it. */
  readonly root: string
  readonly seed: number
  /** Fractions of the samples; 0 for a part that the data has already. */
  readonly val: number
  readonly test: number
}

export interface Divided {
  /** In the order of the samples; a sample that no list names is in no part. */
  readonly parts: ReadonlyArray<Split.Part | undefined>
  readonly warnings: ReadonlyArray<string>
}

/** Keys that say what cannot be together. */
const contradiction = ({ by, group, stratify }: SplitPlan, { val, test }: Options): DataError | undefined => {
  const refused = (where: string, problem: string, cure: string) => new DataError({ where, problem, cure })
  if (stratify && by !== "seed") {
    return refused(`data.split.by=${by}`, "only drawn samples have strata", "Set data.split.stratify=false.")
  }
  if (by === "files" && group !== null) {
    return refused("data.split.by=files", "lists say what is in which part", "Set data.split.group=null.")
  }
  // The last by name are as many as there may be.
  return val + test < 1 || by === "name"
    ? undefined
    : refused(
        `data.val_fraction=${val}`,
        `with data.test_fraction=${test} nothing is left to train on`,
        "Lower one of them."
      )
}

const listed = Effect.fnUntraced(function* (names: ReadonlyArray<string>, folder: string) {
  const parts = yield* NameLists.read(folder, names)
  const left = names.filter((name) => !parts.has(name))
  const divided: Divided = {
    parts: names.map((name) => parts.get(name)),
    warnings:
      left.length === 0
        ? []
        : [`${left.length} samples are in no list of ${folder} and are not used, as ${left[0]}`]
  }
  return divided
})

/** A part of which the plan asks for a fraction and which got nothing. */
const lacking = (parts: ReadonlyArray<Split.Part>, { val, test }: Options): Split.Part | undefined => {
  const wanted: ReadonlyArray<readonly [Split.Part, number]> = [
    ["val", val],
    ["test", test],
    ["train", 1]
  ]
  return wanted.find(([part, fraction]) => fraction > 0 && !parts.includes(part))?.[0]
}

/** The part of each sample. Fails where a part that is wanted would have none. */
export const divide = Effect.fn("Division.divide")(function* (
  samples: ReadonlyArray<Named>,
  plan: SplitPlan,
  options: Options
): Effect.fn.Return<Divided, DataError, FileSystem.FileSystem | Path.Path> {
  const { by, group, stratify } = plan
  const problem = contradiction(plan, options)
  if (problem !== undefined) return yield* problem
  const names = samples.map(({ name }) => name)
  if (by === "files") return yield* listed(names, (yield* Path.Path).resolve(options.root, plan.files))
  const { keys, warnings } = yield* Groups.of(options.root, group, names)
  const grouped = samples.map(({ name, stratum }) => ({
    group: keys.get(name) ?? name,
    ...(stratify ? { stratum } : {})
  }))
  const parts = Split.assign(grouped, { by, ...options })
  const empty = lacking(parts, options)
  if (empty === undefined) return { parts, warnings }
  const count = new Set(keys.values()).size
  return yield* new DataError({
    where: options.root,
    problem: `of ${names.length} samples in ${count} groups none is left for ${empty}`,
    cure: `Add samples, change data.${empty === "test" ? "test" : "val"}_fraction, or divide them otherwise: data.split.by=seed.`
  })
})
