/** What the plan of a task says where its configs say nothing. */
import * as Predicate from "effect/Predicate"
import * as SchemaDefaults from "../../../config/decode/SchemaDefaults.ts"
import type { Any } from "../../../pipeline/module/TaskModule.ts"
import { noWeights } from "../../../pipeline/plan/NoWeights.ts"
import * as Plans from "../../../runs/Plans.ts"
import * as WeightsKey from "../../../runs/WeightsKey.ts"

/** In place of a primary config: all keys of the task's own, and `model.weights`. */
export const instead = (module: Any, command: Plans.Command) =>
  SchemaDefaults.of(Plans.taskKeys(module, command))

/**
 * Beneath a primary config: any key of the plan, `resume=last` and `model.weights=…` can be overridden although no config
 * mentions it.
 */
export const beneath = (module: Any, command: Plans.Command) => {
  const own = Plans.ownKeys(module, command).fields
  const keys = SchemaDefaults.beneath({ ...Plans.unnamed(command), ...own })
  if (command !== "train" || !WeightsKey.fits(own)) return keys
  const { model } = keys
  return { ...keys, model: { ...(Predicate.isObject(model) ? model : {}), weights: noWeights } }
}
