/** How a plan divides its samples into what trains, validates and tests: the key `data.split`. */
import * as Schema from "effect/Schema"
import { field } from "../plan/PlanField.ts"

const By = Schema.Literals(["name", "seed", "digest", "files"])

/** The Schema with the defaults of a task. */
export const make = (by: (typeof By)["Encoded"], stratify: boolean) =>
  Schema.Struct({
    by: field(
      By,
      by,
      "name: the last by name validate and test; seed: drawn with split_seed; digest: a number of each name decides, so that a new sample moves no other; files: lists of names."
    ),
    group: field(
      Schema.NullOr(Schema.NonEmptyString),
      null,
      "What never comes apart: folder (of the name), /pattern/ (its first group, in the name), or file.json:key (by name); null: each sample is alone."
    ),
    stratify: field(
      Schema.Boolean,
      stratify,
      "With by=seed, gives every class, or pictures with few and with many regions, the same parts."
    ),
    files: field(
      Schema.NonEmptyString,
      "splits",
      "With by=files, the folder in root with train.txt, val.txt and test.txt: a name on each line."
    ),
    leaks: field(
      Schema.NullOr(Schema.Literals(["fail", "warn"])),
      null,
      "What a group or a file does that is in two parts; null: it fails, and only warns with the task's default split."
    )
  })

export type SplitPlan = ReturnType<typeof make>["Type"]
