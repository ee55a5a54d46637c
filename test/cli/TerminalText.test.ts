import { assert, describe, it } from "@effect/vitest"
import * as Text from "../../src/cli/TerminalText.ts"

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
    assert.strictEqual(Text.path("/work/run", "/w"), "/work/run")
    assert.strictEqual(Text.path("/w/run", "/"), "w/run")
  })

  it("writes times to the minute in this machine's zone", () => {
    const local = new Date(2026, 0, 2, 3, 4, 59)
    assert.strictEqual(Text.minute(local.toISOString()), "2026-01-02 03:04")
    assert.strictEqual(Text.minute("unknown"), "unknown")
  })

  it("trims the end of a line, pieces without text and all", () => {
    const line = [Text.plain("a "), Text.plain(" b  "), Text.plain("   "), Text.plain("")]
    assert.strictEqual(Text.show(Text.trimmed(line), false), "a  b")
    assert.deepStrictEqual(Text.trimmed([Text.plain(" ")]), [])
  })
})
