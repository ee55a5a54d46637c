/** A task that is made of a plan: layers that do not fit are a failure, and everything else that it throws a defect. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import type { Implementation } from "../../src/pipeline/module/TaskModule.ts"
import * as Nn from "../../src/pipeline/nn/layers/Nn.ts"
import * as Loading from "../../src/runs/Loading.ts"
import * as TinyTask from "../../src/testing/TinyTask.ts"

const tiny = TinyTask.make()

const implementation = (
  task: (plan: number) => typeof tiny
): Implementation<number, never, TinyTask.TinyBatch, never, never> => ({
  task,
  data: () => Effect.die("no data")
})
