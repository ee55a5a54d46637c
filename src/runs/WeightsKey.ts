/** `model.weights`: a key that every training has, beside the keys that its task may have in `model`. */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Keys } from "../pipeline/module/TaskModule.ts"
import { field } from "../pipeline/plan/PlanField.ts"
import * as WeightsPlan from "../pipeline/plan/WeightsPlan.ts"
import * as SchemaAddition from "./SchemaAddition.ts"

type Fields = Keys<unknown>["fields"]

const key = "weights"

const alone = field(Schema.Struct({ weights: WeightsPlan.weights }), {}, "The net.")

/** Whether a task declares the key itself. */
export const isTaken = ({ model }: Fields): boolean => model !== undefined && SchemaAddition.has(model, key)

/** The task's keys with `model.weights`; a `model` that is no mapping has no place for it. */
export const beside = (fields: Fields): Fields => {
  const { model } = fields
  if (model === undefined) return { ...fields, model: alone }
  const extended = SchemaAddition.beside(model, key, WeightsPlan.weights)
  return extended === undefined ? fields : { ...fields, model: extended }
}

/** Whether a training of a task with these keys has it. */
export const fits = (fields: Fields): boolean => beside(fields) !== fields && !isTaken(fields)

const isPlan = Schema.is(Schema.toType(WeightsPlan.WeightsPlan))

/** What a decoded plan asks for. */
export const of = (plan: unknown): WeightsPlan.Wanted | undefined => {
  const model = Predicate.hasProperty(plan, "model") ? plan.model : undefined
  const weights = Predicate.hasProperty(model, key) ? model[key] : null
  return isPlan(weights) ? WeightsPlan.wanted(weights) : undefined
}
