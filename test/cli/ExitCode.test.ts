import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"
import * as ExitCode from "../../src/cli/ExitCode.ts"

class Mine {
  readonly _tag = "Mine"
  readonly [Runtime.errorExitCode] = 7
}

describe("ExitCode.ofExit", () => {
  it("says how a program ended", () => {
    assert.strictEqual(ExitCode.ofExit(Exit.succeed(1)), ExitCode.done)
    assert.strictEqual(ExitCode.ofExit(Exit.fail("reason")), ExitCode.failed)
    assert.strictEqual(ExitCode.ofExit(Exit.fail({ _tag: "PlanInvalid" })), ExitCode.usage)
    assert.strictEqual(ExitCode.ofExit(Exit.fail(new Mine())), 7)
    assert.strictEqual(ExitCode.ofExit(Exit.die(new Error("bug"))), ExitCode.defect)
    assert.strictEqual(ExitCode.ofExit(Exit.failCause(Cause.interrupt(1))), ExitCode.interrupted)
    assert.strictEqual(ExitCode.ofExit(Exit.failCause(Cause.interrupt(1)), "SIGTERM"), 143)
  })
})
