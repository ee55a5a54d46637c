/** What the parts of a data set have to be, whatever its kind: something to train on and something to validate on. */
import * as Effect from "effect/Effect"
import { PlanRefused } from "../../../pipeline/module/TaskModule.ts"
import { type Classes, countOf } from "./DataPlan.ts"

export interface Chosen<A> {
  readonly part: A
  readonly warnings: ReadonlyArray<string>
}

/** The part that validates: its own, or the one for tests; `undefined` stands for a part without a sample. */
export const validating = <A>(
  own: A | undefined,
  test: A | undefined,
  fraction: number
): Effect.Effect<Chosen<A>, PlanRefused> => {
  if (own !== undefined) return Effect.succeed({ part: own, warnings: [] })
  return test === undefined
    ? Effect.fail(
        new PlanRefused({
          key: "data.val_fraction",
          value: String(fraction),
          problem: "no sample is left to validate on",
          cure: "Raise it: a tenth of the samples is usual, data.val_fraction=0.1."
        })
      )
    : Effect.succeed({
        part: test,
        warnings: [
          "the test samples also validate, so they choose the best checkpoint: data.val_fraction=0.1 keeps them apart"
        ]
      })
}

const listed = (names: ReadonlyArray<string>): string =>
  names.length > 12 ? `${names.slice(0, 12).join(", ")}, …` : names.join(", ")

/** The names of the classes, where `found` are those of the data: as many as the plan says, or all in its list. */
export const classesOf = (
  classes: Classes,
  found: ReadonlyArray<string>,
  where: string
): Effect.Effect<ReadonlyArray<string>, PlanRefused> => {
  const refused = (problem: string, cure: string) =>
    Effect.fail(
      new PlanRefused({
        key: "data.classes",
        value: typeof classes === "number" ? String(classes) : `[${listed(classes)}]`,
        problem,
        cure
      })
    )
  if (typeof classes === "number") {
    return found.length === classes
      ? Effect.succeed(found)
      : refused(
          `${where} has ${found.length} classes: ${listed(found)}`,
          found.length < 2 ? "At least two are needed." : `Set data.classes=${found.length}.`
        )
  }
  const strangers = found.filter((name) => !classes.includes(name))
  return strangers.length === 0
    ? Effect.succeed(classes)
    : refused(
        `${where} has classes that are not in the list: ${listed(strangers)}`,
        "Add them, or take their samples out."
      )
}

/** Names of numbered classes, all of whose labels have to be among them. */
export const numberedClasses = (
  classes: Classes,
  labels: ArrayLike<number>,
  where: string
): Effect.Effect<ReadonlyArray<string>, PlanRefused> => {
  const count = countOf({ classes })
  let most = 0
  for (let i = 0; i < labels.length; i++) most = Math.max(most, labels[i] ?? 0)
  return most < count
    ? Effect.succeed(
        typeof classes === "number" ? Array.from({ length: count }, (_, i) => String(i)) : classes
      )
    : Effect.fail(
        new PlanRefused({
          key: "data.classes",
          value: typeof classes === "number" ? String(classes) : `[${listed(classes)}]`,
          problem: `${where} has the label ${most}, and labels count from 0`,
          cure:
            typeof classes === "number"
              ? `Set data.classes=${most + 1}.`
              : `Name ${most + 1} classes, or set data.classes=${most + 1}.`
        })
      )
}

/** A warning about classes that training never sees. */
export const unseen = (classes: ReadonlyArray<string>, labels: ArrayLike<number>): ReadonlyArray<string> => {
  const seen = new Set(Array.from(labels))
  const missing = classes.filter((_, i) => !seen.has(i))
  return missing.length === 0 || labels.length === 0
    ? []
    : [`no training sample has the class ${listed(missing)}`]
}
