/**
 * The task: where on a picture there is text, as Anneal has it, with what is here in its place. Data and net are chosen
 * by configs, `data=receipts` and `model=dbnet_tiny`; what no config can say is changed here.
 */

import * as TaskModule from "anneal/TaskModule"
import * as DetectionModule from "anneal/tasks/textDetection/DetectionModule"
import * as Effect from "effect/Effect"

const usual = DetectionModule.default

export default TaskModule.lazy({
  ...usual,
  // Its parts are `task`, with net, loss and metric, `data`, `pictures`, `figures` and `predict`: write one of your own
  // after the usual ones, and it takes the place of the usual one.
  load: Effect.map(usual.load, (parts) => ({ ...parts }))
})
