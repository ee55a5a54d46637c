/** `anneal doctor` */

import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

export const command = Command.make(
  "doctor",
  {
    only: Flag.Literals("only", ["gpu", "native", "webgpu", "wasm", "cpu"]).pipe(
      Flag.withDescription("The self-test of this engine alone"),
      Flag.optional
    ),
    steps: Flag.Boolean("steps").pipe(
      Flag.withDescription("With --only, name each step before it is taken"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* (input) {
    const { doctor, only } = yield* Effect.promise(() => import("../programs/Doctor.ts"))
    yield* Option.match(input.only, { onNone: () => doctor, onSome: (name) => only(name, input.steps) })
  })
).pipe(Command.withDescription("Say what this machine can do, and how to get more"))
