import { assert, describe, it } from "@effect/vitest"
import * as SweepTable from "../../../src/cli/terminal/SweepTable.ts"
import * as Text from "../../../src/cli/terminal/Text.ts"

const jobs = [
  ["exp_name=s", "optimizer.lr=0.1"],
  ["exp_name=s", "optimizer.lr=0.2"],
  ["exp_name=s", "optimizer.lr=0.3"]
]

const rows: ReadonlyArray<SweepTable.Row> = [
  {
    index: 0,
    overrides: jobs[0] ?? [],
    status: "done",
    metrics: { "val/hmean": 0.5, "train/loss": 1 },
    folder: "/w/outputs/0"
  },
  { index: 1, overrides: jobs[1] ?? [], status: "failed", metrics: {}, folder: "/w/outputs/1" }
]

const shown = (planned: number) =>
  SweepTable.lines({ rows, planned, swept: SweepTable.sweptOf(jobs), cwd: "/w", width: 100 }).map((line) =>
    Text.show(line, false)
  )

describe("SweepTable", () => {
  it("shows what distinguishes the jobs, how each ended, and where it is", () => {
    assert.deepStrictEqual(shown(2), [
      "job  overrides         status  val/hmean  run",
      "  0  optimizer.lr=0.1  done       0.5000  outputs/0",
      "  1  optimizer.lr=0.2  failed          –"
    ])
  })

  it("says how many jobs an interruption kept from beginning", () => {
    assert.strictEqual(shown(3).at(-1), "1 job did not start")
  })

  it("shows all overrides of an only job", () => {
    assert.deepStrictEqual(SweepTable.sweptOf([["a=1", "b=2"]])(["a=1", "b=2"]), ["a=1", "b=2"])
    assert.deepStrictEqual(SweepTable.sweptOf([])([]), [])
  })

  it("puts the objective first, marks the best job, and says which it is", () => {
    const done = (index: number, best: number, last: number): SweepTable.Row => ({
      index,
      overrides: jobs[index] ?? [],
      status: "done",
      metrics: {
        "val/loss": 1,
        "val/error/3": 1,
        "val/error": last,
        "best/val/error": best,
        "best/val/loss": 1
      },
      folder: `/w/outputs/${index}`
    })
    const sweep = {
      planned: 3,
      swept: SweepTable.sweptOf(jobs),
      objective: { metric: "error", mode: "min" },
      cwd: "/w",
      width: 120
    } as const
    const lines = SweepTable.lines({
      ...sweep,
      rows: [done(0, 0.3, 0.4), done(1, 0.1, 0.9), done(2, 0.2, 0.2)]
    })
    assert.deepStrictEqual(
      lines.map((line) => Text.show(line, false)),
      [
        "job  overrides         status  best/val/error  val/error  val/loss  run",
        "  0  optimizer.lr=0.1  done            0.3000     0.4000         1  outputs/0",
        " *1  optimizer.lr=0.2  done            0.1000     0.9000         1  outputs/1",
        "  2  optimizer.lr=0.3  done            0.2000     0.2000         1  outputs/2",
        "best: job 1  best/val/error 0.1000  optimizer.lr=0.2  outputs/1"
      ]
    )
    const alone = SweepTable.lines({ ...sweep, planned: 1, rows: [done(0, 0.3, 0.4)] })
    assert.lengthOf(alone, 2, "a single job is not the best of any")
  })
})
