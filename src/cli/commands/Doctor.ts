/** `anneal doctor` */

import { Command } from "effect/cli"
import * as Effect from "effect/Effect"

export const command = Command.make(
  "doctor",
  {},
  Effect.fnUntraced(function* () {
    const { doctor } = yield* Effect.promise(() => import("../programs/Doctor.ts"))
    yield* doctor
  })
).pipe(Command.withDescription("Say what this machine can do, and how to get more"))
