import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import * as Schedule from "effect/Schedule"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"
import * as Platform from "../../src/cli/Platform.ts"

const node = (script: string) => ChildProcess.make(process.execPath, ["-e", script])

describe("Platform", () => {
  it.effect("reads files and joins paths", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      assert.isTrue(yield* fs.exists(path.join(process.cwd(), "package.json")))
    }).pipe(Effect.provide(Platform.layer))
  )

  it.effect("runs processes, gives their output and exit code, and says what cannot be started", () =>
    Effect.gen(function* () {
      const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
      assert.strictEqual(yield* spawner.string(node("process.stdout.write('said')")), "said")
      assert.strictEqual(yield* spawner.exitCode(node("process.exitCode = 3")), 3)
      const error = yield* Effect.flip(spawner.string(ChildProcess.make("no-such-program-here", [])))
      assert.strictEqual(error._tag, "PlatformError")
    }).pipe(Effect.provide(Platform.layer))
  )

  it.live("ends a process with the scope that it was started in", () =>
    Effect.gen(function* () {
      const pid = yield* Effect.scoped(
        Effect.gen(function* () {
          const handle = yield* node("setInterval(() => {}, 1000); console.log('up')")
          yield* handle.stdout.pipe(Stream.take(1), Stream.runDrain)
          assert.isTrue(yield* handle.isRunning)
          return handle.pid
        })
      )
      const gone = Effect.try(() => process.kill(pid, 0)).pipe(Effect.flip)
      const error = yield* gone.pipe(Effect.retry({ times: 100, schedule: Schedule.spaced("20 millis") }))
      assert.include(String(error.cause), "ESRCH")
    }).pipe(Effect.provide(Platform.layer))
  )

  it.effect("knows its terminal and its standard streams", () =>
    Effect.gen(function* () {
      const terminal = yield* Terminal.Terminal
      assert.strictEqual(yield* terminal.columns, process.stdout.columns ?? 0)
      yield* terminal.display("")
      const stdio = yield* Stdio.Stdio
      assert.deepStrictEqual(yield* stdio.args, process.argv.slice(2))
      yield* Stream.make("").pipe(Stream.run(stdio.stdout({ endOnDone: false })))
    }).pipe(Effect.provide(Platform.layer))
  )
})
