/** What each command with a configuration decodes it into. */
import { PredictPlan, TestPlan, TrainPlan } from "../../../runs/Plans.ts"

export const plans = { train: TrainPlan, test: TestPlan, predict: PredictPlan } as const
