/** Holds the lock at its first argument until it is killed; says so, or why it cannot. */
import { randomUUID } from "node:crypto"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as ProcessOwner from "../../../src/layers/run/ProcessOwner.ts"
import * as RunLock from "../../../src/layers/run/RunLock.ts"

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  yield* RunLock.hold(fs, process.argv[2] ?? "", yield* ProcessOwner.self(randomUUID()))
  yield* Console.log("holds it")
  return yield* Effect.never
}).pipe(
  Effect.catchTag("LockHeld", ({ message }) => Console.log(message)),
  Effect.scoped,
  Effect.provide(NodeFileSystem.layer)
)

await Effect.runPromise(program)
