import * as EditorSchema from "../src/config/EditorSchema.ts"
import { TrainPlan } from "../src/runs/Plans.ts"
console.log(JSON.stringify(EditorSchema.option(TrainPlan, "logger", "logger"), null, 0).slice(0, 1800))
console.log(JSON.stringify(EditorSchema.option(TrainPlan, "trainer", "trainer"), null, 0).slice(0, 900))
