/** Groups of a plan that are in two parts, as problems of an inspected data set. */
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import * as Leaks from "../split/Leaks.ts"
import type { SplitPlan } from "../split/SplitPlan.ts"
import type { Problem, Sample } from "./Subject.ts"

/** None where the plan has no groups. The same files in two parts are found by looking at them. */
export const of = Effect.fn("SplitProblems.of")(function* (
  root: string,
  plan: SplitPlan,
  samples: ReadonlyArray<Sample>
) {
  const placed = samples.map(({ name, where, part }) => ({ name, path: where, part }))
  const leaks = yield* Leaks.groups((yield* Path.Path).resolve(root), plan, placed)
  return leaks.map((leak): Problem => ({ where: root, kind: "leak", text: Leaks.sentence(leak) }))
})
