import { assert, describe, it } from "@effect/vitest"
import * as TerminalRuns from "../../src/cli/TerminalRuns.ts"
import * as Text from "../../src/cli/TerminalText.ts"
import type { RunEntry } from "../../src/layers/registry/RunEntry.ts"

const run = (given: Partial<RunEntry>): RunEntry => ({
  id: "1ba2c3d4",
  path: "/w/outputs/train/text_detection/mine/20260102_030405_42",
  kind: "train",
  task: "text_detection",
  experiment: "mine",
  status: "done",
  started: new Date(2026, 0, 2, 3, 4, 5).toISOString(),
  ended: null,
  seconds: 75,
  seed: 42,
  steps: 120,
  engine: null,
  commit: null,
  dirty: false,
  metrics: {},
  overrides: [],
  error: null,
  parent: null,
  ...given
})

const text = (lines: ReadonlyArray<Text.Line>) => lines.map((line) => Text.show(line, false))

describe("TerminalRuns", () => {
  it("lists runs with the best of their metrics and the course of the first", () => {
    const runs = [
      run({ metrics: { "val/hmean": 0.8, "best/val/hmean": 0.9, "best/train/loss": 1 } }),
      run({ id: "zz", status: "crashed", seconds: null, path: "/w/other" })
    ]
    const metrics = TerminalRuns.tellingMetrics(runs)
    assert.deepStrictEqual(metrics, ["best/val/hmean"])
    const points = [
      [1, 0],
      [2, 1]
    ] as const
    const course = {
      name: TerminalRuns.courseOf(metrics) ?? "",
      of: new Map([[runs[0]?.path ?? "", points]])
    }
    assert.deepStrictEqual(text(TerminalRuns.list(runs, { metrics, course }, 200)), [
      "id        status   run         started                 took  steps  best/val/hmean  course of val/hmean",
      "1ba2c3d4  done     train mine  2026-01-02 03:04  1 min 15 s    120          0.9000  ▁█",
      "zz        crashed  train mine  2026-01-02 03:04                120               –"
    ])
    for (let width = 1; width < 120; width++) {
      for (const line of TerminalRuns.list(runs, { metrics, course }, width)) {
        assert.isAtMost(Text.widthOf(line), width)
      }
    }
  })

  it("takes the metrics of the last validation where there is no best, and those of tests", () => {
    assert.deepStrictEqual(
      TerminalRuns.tellingMetrics([run({ metrics: { "val/loss": 1, "val/f1": 1, "train/x": 1 } })]),
      ["val/f1"]
    )
    assert.deepStrictEqual(TerminalRuns.tellingMetrics([run({ metrics: { "test/hmean": 1 } })]), [
      "test/hmean"
    ])
    assert.isUndefined(TerminalRuns.courseOf([]))
  })

  it("shows a run with its path as it is typed here, and why it failed", () => {
    const details = {
      run: run({ status: "failed", error: "loss became non-finite at step 7", parent: "/elsewhere/run" }),
      series: [],
      checkpoints: []
    }
    const lines = text(TerminalRuns.show(details, "/w", 100))
    assert.include(lines, "path        outputs/train/text_detection/mine/20260102_030405_42")
    assert.include(lines, "error       loss became non-finite at step 7")
    assert.include(lines, "parent      /elsewhere/run")
  })

  it("compares values of the plan to the last digit, and says when there is nothing to compare", () => {
    const comparison = {
      ids: ["a", "b"],
      plan: [{ key: "optimizer.lr", values: [0.00012345, true] }],
      metrics: [{ key: "val/hmean", values: [0.123456, undefined] }]
    }
    assert.deepStrictEqual(text(TerminalRuns.compare(comparison, 80)), [
      "plan                   a     b",
      "optimizer.lr  0.00012345  true",
      "",
      "metric          a  b",
      "val/hmean  0.1235  –"
    ])
    assert.deepStrictEqual(text(TerminalRuns.compare({ ids: [], plan: [], metrics: [] }, 80)), [
      "the plans are the same"
    ])
  })
})
