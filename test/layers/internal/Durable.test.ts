import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Durable from "../../../src/layers/internal/Durable.ts"

const bytes = (text: string) => [new TextEncoder().encode(text)]

/** A call that goes on behind an interrupted fiber, as Node's do, and ends when it is let. */
const unstoppable = <A, E, R>(
  call: Effect.Effect<A, E, R>,
  begun: Deferred.Deferred<void>,
  permit: Deferred.Deferred<void>
) =>
  Deferred.succeed(begun, undefined).pipe(
    Effect.andThen(Deferred.await(permit)),
    Effect.andThen(call),
    Effect.forkDetach,
    Effect.flatMap(Fiber.join)
  )

describe("Durable.replaceFile", () => {
  it.effect("waits for a rename under way when it is interrupted, before it clears up", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped({ prefix: "anneal-durable-" })
      const path = join(folder, "run.json")
      const [begun, permit] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const calls: Array<string> = []
      const noted = <A, E, R>(name: string, call: Effect.Effect<A, E, R>) =>
        Effect.suspend(() => {
          calls.push(name)
          return call
        })
      const slow: FileSystem.FileSystem = {
        ...fs,
        rename: (from, to) =>
          unstoppable(Effect.andThen(fs.rename(from, to), noted("renamed", Effect.void)), begun, permit),
        remove: (one, options) => noted("remove", fs.remove(one, options))
      }
      const writing = yield* Effect.forkChild(Durable.replaceFile(slow, path, bytes("new")))
      yield* Deferred.await(begun)
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(writing))
      for (let turn = 0; turn < 50; turn++) yield* Effect.yieldNow
      yield* Deferred.succeed(permit, undefined)
      yield* Fiber.join(interrupting)
      assert.deepStrictEqual(calls, ["renamed", "remove"])
      assert.strictEqual(yield* fs.readFileString(path), "new")
      assert.deepStrictEqual(yield* fs.readDirectory(folder), ["run.json"])
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )
})
