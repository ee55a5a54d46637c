import * as Effect from "effect/Effect"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Check from "../src/config/Check.ts"
import { TrainPlan, TestPlan, PredictPlan } from "../src/runs/Plans.ts"
const t = performance.now()
const f: any = await Effect.runPromise(Check.check({ searchPath: ["configs"], runtime: { cwd: process.cwd(), now: new Date(), env: process.env, jobName: "x" }, schemas: { train: TrainPlan, test: TestPlan, predict: PredictPlan } as any }).pipe(Effect.provide(NodeServices.layer)) as any)
for (const x of f) console.log(x._tag, "|", x.message)
console.log(f.length, "findings", (performance.now() - t).toFixed(0), "ms")
