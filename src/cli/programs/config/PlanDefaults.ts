/** What the plan of a task says where its configs say nothing. */
import * as SchemaDefaults from "../../../config/decode/SchemaDefaults.ts"
import type { Any } from "../../../pipeline/module/TaskModule.ts"
import * as Plans from "../../../runs/Plans.ts"

/** In place of a primary config: all keys of the task's own. */
export const instead = (module: Any, command: Plans.Command) =>
  SchemaDefaults.of(Plans.ownKeys(module, command).fields)

/** Beneath a primary config: any key of the plan, and `resume=last`, can be overridden although no config mentions it. */
export const beneath = (module: Any, command: Plans.Command) =>
  SchemaDefaults.beneath({ ...Plans.unnamed(command), ...Plans.ownKeys(module, command).fields })
