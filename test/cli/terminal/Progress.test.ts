import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import * as ProgressLine from "../../../src/cli/ProgressLine.ts"
import * as ClosingSummary from "../../../src/cli/terminal/ClosingSummary.ts"
import * as TerminalScreen from "../../../src/cli/terminal/Screen.ts"
import * as Text from "../../../src/cli/terminal/Text.ts"
import { type ConsoleLine, ConsoleLines } from "../../../src/pipeline/run/ConsoleLines.ts"
import { Progress } from "../../../src/pipeline/run/Progress.ts"
import * as events from "../events.ts"

/** A terminal that shows what was written: it knows the line feed, the carriage return and the erased line. */
const terminal = (over: Partial<TerminalScreen.Surface> = {}) => {
  const written: Array<string> = []
  const rows = (): ReadonlyArray<string> =>
    written
      .join("")
      .split("\n")
      .map((row) => row.slice(row.lastIndexOf("\u001b[2K") + 1).replace(/^\[2K/, ""))
  const surface: TerminalScreen.Surface = {
    animates: true,
    colors: false,
    columns: () => 80,
    write: (text) => {
      written.push(text)
    },
    ...over
  }
  return { surface, rows, written }
}

const watching = <A, E>(
  surface: TerminalScreen.Surface,
  use: (progress: Progress["Service"]) => Effect.Effect<A, E>
) => Effect.scoped(Progress.use(use).pipe(Effect.provide(ProgressLine.layerOn(surface, { everySteps: 2 }))))

describe("Progress, its layer", () => {
  it.effect("opens, draws over one line, keeps the lines that stay above it, and closes with it gone", () =>
    Effect.gen(function* () {
      const { surface, rows } = terminal()
      yield* TestClock.setTime(1000)
      yield* watching(surface, ({ watch, note, warn }) =>
        Effect.gen(function* () {
          yield* watch(events.fitStarted())
          yield* watch(events.stepEnded(1))
          assert.strictEqual(rows().length, 2)
          yield* note("engine: wasm")
          yield* warn("disk is getting full")
          yield* Effect.logWarning("logger.csv: the disk is full")
          assert.deepStrictEqual(rows().slice(1, 4), [
            "engine: wasm",
            "warning: disk is getting full",
            "warning: logger.csv: the disk is full"
          ])
          assert.match(rows()[4] ?? "", /^epoch 1\/3 .*1\/4/)
          yield* TestClock.adjust("1 second")
          yield* watch(events.stepEnded(2))
          assert.strictEqual(rows().length, 5)
          assert.match(rows()[4] ?? "", /2\/4/)
        })
      )
      assert.strictEqual(rows().length, 5)
      assert.strictEqual(rows()[4], "")
    })
  )

  it.effect("closes on failure with the live line gone", () =>
    Effect.gen(function* () {
      const { surface, rows } = terminal()
      yield* TestClock.setTime(1000)
      yield* Effect.exit(
        watching(surface, ({ watch }) => Effect.andThen(watch(events.stepEnded(1)), Effect.fail("no")))
      )
      assert.deepStrictEqual(rows(), [""])
    })
  )

  it.effect("closes on interruption with the live line gone", () =>
    Effect.gen(function* () {
      const { surface, rows } = terminal()
      yield* TestClock.setTime(1000)
      const drawn = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(
        watching(surface, ({ watch }) =>
          watch(events.stepEnded(1)).pipe(
            Effect.andThen(Deferred.succeed(drawn, undefined)),
            Effect.andThen(Effect.never)
          )
        )
      )
      yield* Deferred.await(drawn)
      assert.include(rows()[0], "epoch 1")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(rows(), [""])
    })
  )

  it.effect("passes lines that stay on the screen to listeners, without styles, while they listen", () =>
    Effect.gen(function* () {
      const { surface } = terminal({ colors: true })
      const heard: Array<ConsoleLine> = []
      yield* watching(surface, ({ watch, note, warn }) =>
        Effect.gen(function* () {
          const subscribe = yield* ConsoleLines
          yield* note("before")
          const said = Effect.gen(function* () {
            yield* subscribe((line) => heard.push(line))
            yield* watch(events.stepEnded(1))
            yield* note("engine: wasm")
            yield* warn("disk is getting full")
            yield* Effect.logError("it broke\nin two lines")
          })
          yield* Effect.scoped(said)
          yield* note("after")
        })
      )
      assert.deepStrictEqual(heard, [
        { text: "engine: wasm", warning: false },
        { text: "warning: disk is getting full", warning: true },
        { text: "error: it broke", warning: true },
        { text: "in two lines", warning: true }
      ])
    })
  )

  it.effect("draws at most twenty times a second", () =>
    Effect.gen(function* () {
      const { surface, written } = terminal()
      yield* TestClock.setTime(1000)
      yield* watching(surface, ({ watch }) =>
        Effect.forEach(
          Array.from({ length: 100 }, (_, i) => i + 1),
          (batch) =>
            Effect.andThen(watch(events.stepEnded(batch, { batches: 100 })), TestClock.adjust("10 millis"))
        )
      )
      assert.isAtMost(written.length, 22)
      assert.isAtLeast(written.length, 18)
    })
  )

  it.effect("writes no control characters where no terminal watches", () =>
    Effect.gen(function* () {
      const { surface, written } = terminal({ animates: false })
      yield* watching(surface, ({ watch }) =>
        Effect.forEach(
          [
            events.fitStarted(),
            events.stepEnded(1),
            events.stepEnded(2),
            events.evaluationBatchEnded("val", 1),
            events.epochEnded()
          ],
          watch
        )
      )
      for (const control of ["\r", "\u001b"]) assert.notInclude(written.join(""), control)
      assert.strictEqual(written.join("").split("\n").length, 4)
    })
  )
})

describe("TerminalScreen", () => {
  const tty = { isTTY: true, columns: 120, write: () => true }
  const pipe = { isTTY: false, columns: 0, write: () => true }
  it.each([
    ["a terminal", tty, {}, true, true],
    ["a pipe", pipe, {}, false, false],
    ["NO_COLOR", tty, { NO_COLOR: "1" }, true, false],
    ["an empty NO_COLOR", tty, { NO_COLOR: "" }, true, true],
    ["NO_COLOR and FORCE_COLOR", pipe, { NO_COLOR: "1", FORCE_COLOR: "1" }, false, false],
    ["FORCE_COLOR in a pipe", pipe, { FORCE_COLOR: "1" }, false, true],
    ["a dumb terminal", tty, { TERM: "dumb" }, false, false],
    ["CI", tty, { CI: "true" }, false, true]
  ])("respects %s", (_, stream, env, animates, colors) => {
    const surface = TerminalScreen.surfaceOf(stream, env)
    assert.deepStrictEqual([surface.animates, surface.colors], [animates, colors])
    assert.strictEqual(surface.columns(), stream === tty ? 120 : 100)
  })

  it("styles only with colours on", () => {
    const line = [Text.bold("a"), Text.plain("b")]
    assert.strictEqual(Text.show(line, false), "ab")
    assert.strictEqual(Text.show(line, true), "\u001b[1ma\u001b[0mb")
  })
})

describe("ClosingSummary", () => {
  it("says how it ended, where everything is from here, and what to run next", () => {
    const closing = {
      outcome: "trained",
      reason: "max_epochs=3 reached",
      seconds: 187,
      metrics: { "val/hmean": 0.8912 },
      places: [
        { what: "run", path: "/w/run" },
        { what: "figure", path: "/elsewhere/validation.png" }
      ],
      next: [{ command: "anneal test checkpoint=/run", does: "score the test set" }]
    }
    assert.deepStrictEqual(
      ClosingSummary.lines(closing, "/w").map((line) => Text.show(line, false)),
      [
        "",
        "trained in 3 min 7 s: max_epochs=3 reached",
        "val/hmean 0.8912",
        "run     run",
        "figure  /elsewhere/validation.png",
        "next:",
        "  anneal test checkpoint=/run  # score the test set"
      ]
    )
  })

  it("shows the objective first, and no metric of a single class", () => {
    const closing = {
      outcome: "trained",
      seconds: 1,
      metrics: { "val/loss": 0.25, "val/precision/3": 1, "val/accuracy": 0.75 },
      objective: { metric: "accuracy", mode: "max" },
      places: [],
      next: []
    } as const
    const [, , metrics] = ClosingSummary.lines(closing, "/w").map((line) => Text.show(line, false))
    assert.strictEqual(metrics, "val/accuracy 0.7500  val/loss 0.2500")
  })
})
