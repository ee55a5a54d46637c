/** `anneal doctor` */

import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

export const command = Command.make(
  "doctor",
  {
    only: Flag.Literals("only", ["gpu", "native", "webgpu", "wasm", "cpu"]).pipe(
      Flag.withDescription("Test only this engine"),
      Flag.optional
    ),
    steps: Flag.Boolean("steps").pipe(
      Flag.withDescription("With --only, print the name of each step before it runs"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* (input) {
    const { doctor, only } = yield* Effect.promise(() => import("../programs/Doctor.ts"))
    yield* Option.match(input.only, { onNone: () => doctor, onSome: (name) => only(name, input.steps) })
  })
).pipe(Command.withDescription("Report which engines work on this machine, and how to install more"))
