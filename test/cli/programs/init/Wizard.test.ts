/** What `anneal init --wizard` asks, at a terminal whose keys a test presses. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import * as Wizard from "../../../../src/cli/programs/init/Wizard.ts"

const key = (name: string, input?: string): Terminal.UserInput => ({
  input: Option.fromUndefinedOr(input),
  key: { name, ctrl: false, meta: false, shift: false }
})
const enter = key("enter", "\r")
const down = key("down")

/** A terminal at which these keys are pressed, and then Ctrl-C. */
const at = (isTerminal: boolean, ...keys: ReadonlyArray<Terminal.UserInput>) => {
  const terminal = Layer.effect(
    Terminal.Terminal,
    Effect.gen(function* () {
      const input = yield* Queue.make<Terminal.UserInput, Cause.Done>()
      yield* Queue.offerAll(input, keys)
      yield* Queue.end(input)
      return Terminal.make({
        columns: Effect.succeed(80),
        rows: Effect.succeed(24),
        size: Effect.die("nothing asks for the size"),
        readInput: Effect.succeed(input),
        readLine: Effect.die("nothing reads lines"),
        display: () => Effect.void
      })
    })
  )
  const stdio = Stdio.layerTest({ stdinIsTerminal: Effect.succeed(isTerminal) })
  return Layer.mergeAll(terminal, stdio).pipe(Layer.provideMerge(NodeServices.layer))
}

describe("anneal init --wizard", () => {
  it.effect("asks for folder and task, and answers as flags", () =>
    Effect.gen(function* () {
      const args = yield* Wizard.answered(["init", "--wizard"])
      assert.deepStrictEqual(args, ["init", "my-project", "--task", "classification"])
    }).pipe(Effect.provide(at(true, enter, down, enter)))
  )

  it.effect("asks only for what the command line leaves open", () =>
    Effect.gen(function* () {
      const args = yield* Wizard.answered(["init", "mine", "--wizard", "--anneal", "file:a.tgz"])
      assert.deepStrictEqual(args, ["init", "mine", "--anneal", "file:a.tgz", "--task", "blank"])
      const none = yield* Wizard.answered(["init", "--task=detection", "mine", "--wizard"])
      assert.deepStrictEqual(none, ["init", "--task=detection", "mine"])
    }).pipe(Effect.provide(at(true, enter)))
  )

  it.effect("ends as interrupted where somebody quits", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Wizard.answered(["init", "--wizard"]))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
    }).pipe(Effect.provide(at(true)))
  )

  it.effect("names the flags where there is no terminal", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(Wizard.answered(["init", "mine", "--wizard"]))
      assert.include(message, "anneal init mine --task blank|classification|detection")
    }).pipe(Effect.provide(at(false)))
  )
})
