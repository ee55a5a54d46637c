import { assert, describe, it } from "@effect/vitest"
import * as Time from "../../../src/cli/terminal/Time.ts"

describe("TerminalTime", () => {
  it("writes times to the minute in this machine's zone", () => {
    const local = new Date(2026, 0, 2, 3, 4, 59)
    assert.strictEqual(Time.minute(local.toISOString()), "2026-01-02 03:04")
    assert.strictEqual(Time.minute("unknown"), "unknown")
  })
})
