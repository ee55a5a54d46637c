import { assert, describe, it } from "@effect/vitest"
import * as TerminalRuns from "../../../src/cli/terminal/Runs.ts"
import * as Text from "../../../src/cli/terminal/Text.ts"
import type { RunEntry } from "../../../src/layers/registry/RunEntry.ts"

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
  resumes: 0,
  ...given
})

const text = (lines: ReadonlyArray<Text.Line>) => lines.map((line) => Text.show(line, false))

describe("TerminalRuns", () => {
  it("lists runs with the best of their metrics and the course of the first", () => {
    const runs = [
      run({ metrics: { "val/hmean": 0.8, "best/val/hmean": 0.9, "best/train/loss": 1 } }),
      run({ id: "zz", status: "crashed", seconds: null, path: "/w/other" })
    ]
    const metrics = TerminalRuns.mainMetrics(runs)
    assert.deepStrictEqual(metrics, ["best/val/hmean"])
    const courses = [{ name: "val/hmean", last: 1, values: [0, 1] }]
    const course = {
      name: TerminalRuns.courseOf(metrics) ?? "",
      of: new Map([[runs[0]?.path ?? "", courses]])
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
      TerminalRuns.mainMetrics([run({ metrics: { "val/loss": 1, "val/f1": 1, "train/x": 1 } })]),
      ["val/f1"]
    )
    assert.deepStrictEqual(TerminalRuns.mainMetrics([run({ metrics: { "test/hmean": 1 } })]), ["test/hmean"])
    assert.isUndefined(TerminalRuns.courseOf([]))
  })

  it("takes what the tasks of the runs are judged by, if they say it", () => {
    const accuracy = { metric: "accuracy", mode: "max" } as const
    const trained = run({
      objective: accuracy,
      metrics: { "best/val/accuracy": 0.9, "best/val/top5": 1, "val/accuracy": 0.8, "val/precision/3": 1 }
    })
    const tested = run({
      objective: accuracy,
      kind: "test",
      metrics: { "test/accuracy": 0.7, "test/top5": 1 }
    })
    const old = run({ metrics: { "best/val/hmean": 0.5 } })
    assert.deepStrictEqual(TerminalRuns.mainMetrics([trained, tested]), [
      "best/val/accuracy",
      "test/accuracy"
    ])
    assert.deepStrictEqual(TerminalRuns.mainMetrics([old, trained]), ["best/val/accuracy", "best/val/hmean"])
  })

  it("marks the best value of the objective where runs are compared", () => {
    const lines = TerminalRuns.compare(
      {
        ids: ["a", "b"],
        plan: [],
        metrics: [
          { key: "val/error", values: [0.2, 0.1] },
          { key: "val/loss", values: [2, 1] }
        ],
        objective: { metric: "error", mode: "min" }
      },
      80
    )
    const good = lines.flatMap((line) =>
      line.filter(({ style }) => style === "good").map((one) => one.text.trim())
    )
    assert.deepStrictEqual(good, ["0.1000"])
  })

  it("hands the terminal nothing that it would obey, wherever a run's files say it", () => {
    const evil = "\u001b]0;owned\u0007\u009b2J\u202e\r\nnext"
    const hostile = run({ id: evil, experiment: evil, engine: evil, error: evil, metrics: { [evil]: 1 } })
    const checkpoints = [{ name: evil, path: "", epoch: 1, step: 1, metrics: { [evil]: 1 } }]
    const courses = [{ name: evil, last: 1, values: [1, 2] }]
    const course = { name: evil, of: new Map([[hostile.path, courses]]) }
    const comparison = {
      ids: [evil, "b"],
      plan: [{ key: evil, values: [evil, 1] }],
      metrics: [{ key: evil, values: [1, 2] }]
    }
    const lines = text([
      ...TerminalRuns.list([hostile], { metrics: [evil], course }, 500),
      ...TerminalRuns.show({ run: hostile, checkpoints, courses }, "/w", 500),
      ...TerminalRuns.compare(comparison, 500)
    ])
    assert.include(lines.join("\n"), "owned")
    for (const line of lines) assert.notMatch(line, /[\p{Cc}\u202e]/u)
  })

  it("shows a run with its path as it is typed here, and why it failed", () => {
    const details = {
      run: run({ status: "failed", error: "loss became non-finite at step 7", parent: "/elsewhere/run" }),
      courses: [],
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
