/** The program of `anneal config show`: what a command would run with. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { PredictPlan, TestPlan, TrainPlan } from "../../runs/Plans.ts"
import * as Compose from "./Compose.ts"

export interface Input extends Omit<Compose.Input, "cfg"> {
  readonly for: "train" | "test" | "predict"
}

export const show = Effect.fn("config.show")(function* (input: Input) {
  const asked = { ...input, cfg: Option.some("job" as const) }
  switch (input.for) {
    case "train":
      return yield* Compose.compose("train", TrainPlan, asked)
    case "test":
      return yield* Compose.compose("test", TestPlan, asked)
    case "predict":
      return yield* Compose.compose("predict", PredictPlan, asked)
  }
})
