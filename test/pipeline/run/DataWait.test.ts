import { assert, describe, it } from "@effect/vitest"
import * as DataWait from "../../../src/pipeline/run/DataWait.ts"
import type { Event } from "../../../src/pipeline/train/Event.ts"
import * as Events from "../../cli/events.ts"

const after = (...events: ReadonlyArray<Event>) => events.reduce(DataWait.watch, DataWait.empty)

const step = (dataSeconds: number, seconds: number) => Events.stepEnded(1, { dataSeconds, seconds })

describe("DataWait", () => {
  it("is the waiting part of the steps' time, without the first batch", () => {
    const wait = after(step(9, 1), step(0.25, 0.75), Events.evaluationEnded("val", 0.5), step(0.75, 0.25))
    assert.strictEqual(DataWait.share(wait), 0.5)
    assert.match(DataWait.advice(wait) ?? "", /waited for data 50 % of the time/)
  })

  it("is unknown before the second step, and no subject while data is there in time", () => {
    assert.isUndefined(DataWait.share(after()))
    assert.isUndefined(DataWait.share(after(step(9, 1))))
    assert.isUndefined(DataWait.advice(after(step(9, 1), step(0.02, 0.98))))
  })
})
