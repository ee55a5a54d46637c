import { assert, describe, it } from "@effect/vitest"
import * as ProgressView from "../../../src/cli/terminal/ProgressView.ts"
import * as Text from "../../../src/cli/terminal/Text.ts"
import type { Event } from "../../../src/pipeline/train/Event.ts"
import * as events from "../events.ts"

const terminal = { animates: true, everySteps: 2, everySeconds: 30 }
const file = { ...terminal, animates: false }

const shown = (line: Text.Line | undefined): string => (line === undefined ? "" : Text.show(line, false))

/** The lines that stay, and the last line drawn over. */
const rendered = (given: ReadonlyArray<Event>, options: ProgressView.ViewOptions, width = 100) => {
  let view = ProgressView.initial
  const lines: Array<string> = []
  let live = ""
  for (const event of given) {
    const next = ProgressView.render(view, event, options, width)
    view = next.view
    lines.push(...next.lines.map(shown))
    live = shown(next.live)
  }
  return { lines, live }
}

describe("ProgressView in a terminal", () => {
  it("draws one line: bar, batches, loss, learning rate, samples per second, time left", () => {
    const { lines, live } = rendered([events.fitStarted(), events.stepEnded(1)], terminal)
    assert.deepStrictEqual(lines, ["text detection  361,234 parameters  4 batches per epoch"])
    assert.match(
      live,
      /^epoch 1\/3 {2}━{6,}─{18,} {2}1\/4 {2}loss 2 {2}lr 0\.0010 {2}4\.0 samples\/s {2}0:06 left$/
    )
  })

  it("shows how long batches wait for their data, but for the first, which waits for the workers", () => {
    const { live } = rendered([events.stepEnded(1), events.stepEnded(2)], terminal, 120)
    assert.match(live, /samples\/s {2}25 % waiting for data {2}0:04 left$/)
  })

  it("gives up the bar first and then the last parts as the window narrows, and never passes its width", () => {
    for (let width = 1; width <= 140; width++) {
      const { live } = rendered([events.fitStarted(), events.stepEnded(2)], terminal, width)
      assert.isAtMost([...live].length, width)
    }
    assert.notInclude(rendered([events.stepEnded(2)], terminal, 60).live, "━")
    assert.include(rendered([events.stepEnded(2)], terminal, 30).live, "loss 2")
  })

  it("says what it is doing while it validates", () => {
    const { live } = rendered([events.evaluationBatchEnded("val", 1)], terminal)
    assert.match(live, /^validating {2}━{20}─{20} {2}1\/2$/)
  })

  it("leaves one line an epoch with the validation's metrics and what was saved", () => {
    const { lines, live } = rendered(
      [
        events.fitStarted(),
        events.evaluationEnded("sanity", 0),
        events.stepEnded(4),
        events.evaluationEnded("val", 0.6),
        events.checkpointSaved("best-hmean-0.6000"),
        events.checkpointSaved("last"),
        events.epochEnded()
      ],
      terminal
    )
    assert.deepStrictEqual(lines.slice(1), [
      "epoch 1/3  loss 1.2500  precision 0.7500  hmean 0.6000  1 min 12 s  saved best-hmean-0.6000"
    ])
    assert.strictEqual(live, "")
  })

  it("shows the objective first, and leaves out metrics of single classes", () => {
    const validated = {
      ...events.evaluationEnded("val", 0.6),
      metrics: { "val/precision": 0.75, "val/precision/3": 1, "val/hmean": 0.6 }
    }
    const options = { ...terminal, objective: { metric: "hmean", mode: "max" } as const }
    const { lines } = rendered([events.fitStarted(), validated, events.epochEnded()], options)
    assert.deepStrictEqual(lines.slice(1), [
      "epoch 1/3  loss 1.2500  hmean 0.6000  precision 0.7500  1 min 12 s"
    ])
  })

  it("gives a validation in the middle of an epoch, or after its last, a line of its own", () => {
    const { lines } = rendered(
      [
        events.evaluationEnded("val", 0.1, 2),
        events.evaluationEnded("val", 0.2, 4),
        events.epochEnded(),
        events.evaluationEnded("val", 0.3, 6),
        events.fitEnded
      ],
      terminal
    )
    assert.deepStrictEqual(
      lines.map((line) => /^(step \d|epoch \d|done).*?(hmean \S+)?(  |$)/.exec(line)?.[1]),
      ["step 2", "epoch 1", "step 6"]
    )
    assert.include(lines[1], "hmean 0.2000")
    assert.include(lines[2], "hmean 0.3000")
  })

  it("says where a resumed run goes on", () => {
    const { lines } = rendered([events.fitStarted({ resumedFrom: "last", step: 7 })], terminal)
    assert.include(lines[0], "resumed from last at step 7")
  })
})

describe("ProgressView in a file or pipe", () => {
  it("writes a line an interval of steps and draws nothing over", () => {
    const steps = [1, 2, 3, 4].map((batch) => events.stepEnded(batch))
    const { lines, live } = rendered([events.fitStarted(), ...steps, events.epochEnded()], file)
    assert.deepStrictEqual(
      lines.map((line) => line.split("  ").slice(0, 3).join("  ")),
      [
        "text detection  361,234 parameters  4 batches per epoch",
        "epoch 1/3  batch 2/4  step 2",
        "epoch 1/3  batch 4/4  step 4",
        "epoch 1/3  loss 1.2500  1 min 12 s"
      ]
    )
    assert.strictEqual(live, "")
  })

  it("writes a line when a step takes long, whatever the interval", () => {
    const slow = events.stepEnded(1, { seconds: 31 })
    assert.strictEqual(rendered([slow], { ...file, everySteps: 1000 }).lines.length, 1)
  })

  it("shows the metrics of a test", () => {
    const { lines } = rendered([events.evaluationEnded("test", 0.8)], file)
    assert.deepStrictEqual(lines, ["test  precision 0.7500  hmean 0.8000  3.0 s"])
  })
})

describe("TerminalText", () => {
  it.each([
    [0, "0"],
    [0.1234567, "0.1235"],
    [12.345, "12.35"],
    [123.456, "123.5"],
    [1234.5, "1235"],
    [0.00012, "1.20e-4"],
    [2e7, "2.00e+7"],
    [Number.NaN, "NaN"],
    [-0.5, "-0.5000"]
  ])("writes %d as %s", (value, text) => {
    assert.strictEqual(Text.number(value), text)
  })

  it.each([
    [0, "0.0 s"],
    [59.6, "1 min 0 s"],
    [41.2, "41 s"],
    [3725, "1 h 2 min"]
  ])("writes %d seconds as %s", (value, text) => {
    assert.strictEqual(Text.duration(value), text)
  })

  it("writes time left as a clock does", () => {
    assert.deepStrictEqual([7, 754, 7384, -1].map(Text.clock), ["0:07", "12:34", "2:03:04", "0:00"])
  })
})
