import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Config from "../../src/config/Config.ts"
import { CallbacksPlan, TrainerPlan } from "../../src/pipeline/plan/Plan.ts"
import { TrainPlan } from "../../src/runs/Plans.ts"

const configs = fileURLToPath(new URL("../../configs", import.meta.url))

const compose = (overrides: ReadonlyArray<string>) =>
  Config.compose({
    searchPath: [configs],
    configName: "train",
    overrides,
    runtime: { cwd: "/w", now: new Date(2025, 0, 2), env: {}, jobName: "train" }
  }).pipe(Effect.provide(NodeServices.layer))

const optionsOf = (group: string) =>
  readdirSync(`${configs}/${group}`).map((file) => `${group}=${file.replace(/\.yaml$/, "")}`)

const groups = ["optimizer", "schedule", "trainer", "callbacks"].flatMap(optionsOf)

/** Keys of a plan with all that it leaves out, deep; lists and free keys have none. */
const keysOf = (value: unknown, prefix = ""): ReadonlyArray<string> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => [
        `${prefix}${key}`,
        ...keysOf(inner, `${prefix}${key}.`)
      ])
    : []

describe("configs", () => {
  it.effect.each(groups)("%s composes and decodes", (choice) =>
    Effect.gen(function* () {
      const plan = yield* Config.decode(TrainPlan, yield* compose([choice]))
      assert.isAbove(plan.optimizer.lr, 0)
    })
  )

  it.effect("hold every key of trainer and callbacks, so that an override needs no +", () =>
    Effect.gen(function* () {
      const { trainer, callbacks } = Object(Config.toPlain(yield* compose([])))
      const bare = Schema.encodeSync(Schema.Struct({ trainer: TrainerPlan, callbacks: CallbacksPlan }))({
        trainer: Schema.decodeSync(TrainerPlan)({}),
        callbacks: Schema.decodeSync(CallbacksPlan)({})
      })
      assert.sameMembers([...keysOf(trainer)], [...keysOf(bare.trainer)])
      assert.sameMembers([...keysOf(callbacks)], [...keysOf(bare.callbacks)])
    })
  )

  it.effect("let a schedule be written on the command line", () =>
    Effect.gen(function* () {
      const overrides = [
        "schedule=sequential",
        "schedule.schedules=[{kind:linear,start_factor:0.1,end_factor:1},{kind:cosine}]",
        "schedule.milestones=[3]",
        "callbacks.gradient_accumulation_scheduler.scheduling={0:8,4:4}",
        "optimizer.groups=[{match:'^encoder',lr_scale:0.1}]"
      ]
      const { schedule, callbacks, optimizer } = yield* Config.decode(TrainPlan, yield* compose(overrides))
      assert.deepInclude(schedule, { kind: "sequential", milestones: [3], interval: "epoch" })
      assert.deepStrictEqual(callbacks.gradient_accumulation_scheduler.scheduling, { "0": 8, "4": 4 })
      assert.deepStrictEqual(optimizer.groups, [{ match: "^encoder", lr_scale: 0.1, weight_decay: null }])
    })
  )
})
