import { assert, describe, it } from "@effect/vitest"
import * as Text from "../../../src/cli/terminal/Text.ts"

describe("TerminalText", () => {
  it("counts one and many", () => {
    assert.deepStrictEqual(
      [0, 1, 2, 1234].map((n) => Text.count(n, "batch", "batches")),
      ["0 batches", "1 batch", "2 batches", "1,234 batches"]
    )
    assert.strictEqual(Text.count(3, "run"), "3 runs")
  })

  it("writes paths relative to the working folder inside of it, and absolute elsewhere", () => {
    assert.strictEqual(Text.path("/w/outputs/run", "/w"), "outputs/run")
    assert.strictEqual(Text.path("/w", "/w"), ".")
    assert.strictEqual(Text.path("/wide/run", "/w"), "/wide/run")
    assert.strictEqual(Text.path("/w/run", "/"), "w/run")
  })

  it("shortens paths of the working folder in a sentence, and no others", () => {
    const cwd = "/w/app"
    assert.strictEqual(
      Text.shortPaths("/w/app/run: see '/w/app/run/x', data=/w/app/y and /w/app2/z", cwd),
      "run: see 'run/x', data=y and /w/app2/z"
    )
    assert.strictEqual(
      Text.shortPaths("file:///w/app/run and /old/w/app/run", cwd),
      "file:///w/app/run and /old/w/app/run"
    )
    assert.strictEqual(Text.shortPaths("/w", "/"), "/w")
  })

  it("writes rates as people say them", () => {
    assert.deepStrictEqual([4.4281, 0.04, 99.94, 99.96, 1234.5].map(Text.rate), [
      "4.4",
      "0.0",
      "99.9",
      "100",
      "1,235"
    ])
  })

  it("shows control characters instead of sending them, and keeps the lines of what is logged", () => {
    const line = [
      Text.plain("a\u001b[2Jb\r"),
      { text: "c\u009b31m\nd\t\u202ee\u007f", style: "warn" as const }
    ]
    const shown = "a\\u001b[2Jb\\u000d"
    assert.strictEqual(Text.show(line, false), `${shown}c\\u009b31m\nd\t\\u202ee\\u007f`)
    assert.strictEqual(Text.show(line, true), `${shown}\u001b[33mc\\u009b31m\nd\t\\u202ee\\u007f\u001b[0m`)
    assert.strictEqual(Text.visible("Grüße, 領収書 👍"), "Grüße, 領収書 👍")
  })

  it("cuts a line by what is seen of it", () => {
    const line = [Text.plain("ab\n\u001bcdef")]
    assert.strictEqual(Text.show(Text.fit(line, 40), false), "ab\\n\\u001bcdef")
    assert.strictEqual(Text.show(Text.fit(line, 8), false), "ab\\n\\u0…")
  })

  it("trims the end of a line, pieces without text and all", () => {
    const line = [Text.plain("a "), Text.plain(" b  "), Text.plain("   "), Text.plain("")]
    assert.strictEqual(Text.show(Text.trimmed(line), false), "a  b")
    assert.deepStrictEqual(Text.trimmed([Text.plain(" ")]), [])
  })

  it("writes times to the minute in the time zone of this machine", () => {
    const local = new Date(2026, 0, 2, 3, 4, 59)
    assert.strictEqual(Text.minute(local.toISOString()), "2026-01-02 03:04")
    assert.strictEqual(Text.minute("unknown"), "unknown")
  })
})
