/**
 * The task: which class a picture is of, as Anneal has it, with what is here in its place. The data is chosen by a
 * config, `data=shapes`, `data=folder` or `data=csv`, and so is the net; what no config can say is changed here.
 */

import * as TaskModule from "anneal/TaskModule"
import * as ClassificationModule from "anneal/tasks/imageClassification/ClassificationModule"
import * as Effect from "effect/Effect"

const usual = ClassificationModule.default

export default TaskModule.lazy({
  ...usual,
  name: "shapes",
  // Its parts are `task`, with net, loss and metric, `data`, `pictures`, `figures` and `predict`: write one of your own
  // after the usual ones, and it takes the place of the usual one.
  load: Effect.map(usual.load, (parts) => ({ ...parts }))
})
