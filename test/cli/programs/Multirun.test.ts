import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { TestConsole } from "effect/testing"
import * as ExitCode from "../../../src/cli/ExitCode.ts"
import { CommandRefused } from "../../../src/cli/Failure.ts"
import * as Composition from "../../../src/cli/programs/config/Composition.ts"
import * as Multirun from "../../../src/cli/programs/Multirun.ts"
import type { Judged } from "../../../src/cli/programs/RunProgram.ts"
import type * as Run from "../../../src/config/sweep/Run.ts"

const layer = Layer.merge(NodeServices.layer, TestConsole.layer)

/** The overrides of `anneal train -m …` in a folder that the test's scope removes. */
const inFolder = <A, E>(
  body: (
    input: Composition.Input,
    folder: string
  ) => Effect.Effect<A, E, NodeServices.NodeServices | Scope.Scope>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped({ prefix: "anneal-sweep-" })
      const overrides = [`paths.output_dir=${folder}`, "optimizer.lr=0.1,0.2,0.3"]
      return yield* body({ ...Composition.nothing, multirun: true, overrides }, folder)
    })
  ).pipe(Effect.provide(layer))

/** A job that makes its folder, as a run does. */
const made = Effect.fnUntraced(function* ({ folder }: Run.Started) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory(folder, { recursive: true }).pipe(Effect.orDie)
  const outcome: Judged = {
    directory: folder,
    metrics: { "val/hmean": 0.5 },
    objective: { metric: "hmean", mode: "max" }
  }
  return outcome
})

const lr = (input: Composition.Input) => input.overrides.at(-1)
const table = Effect.map(TestConsole.logLines, (lines) => lines.map(String).join("\n").split("\n"))

describe("Multirun", () => {
  it.effect("runs one job after the other, each in a folder of its own, and records the sweep", () =>
    inFolder((input, folder) =>
      Effect.gen(function* () {
        const folders: Array<string> = []
        let running = 0
        yield* Multirun.sweep("train", input, (started) =>
          Effect.gen(function* () {
            assert.strictEqual(++running, 1)
            yield* Effect.yieldNow
            folders.push(started.folder)
            running--
            return yield* made(started)
          })
        )
        assert.strictEqual(new Set(folders).size, 3)
        const sweep = folders[0]?.replace(/\/0$/, "") ?? ""
        assert.isTrue(sweep.startsWith(`${folder}/train/text_detection/quickstart/multirun/`))
        assert.deepStrictEqual(folders, [`${sweep}/0`, `${sweep}/1`, `${sweep}/2`])
        const fs = yield* FileSystem.FileSystem
        assert.include(yield* fs.readFileString(`${sweep}/multirun.yaml`), "mode: MULTIRUN")
        const [header, ...rows] = yield* table
        assert.match(header ?? "", /^job +overrides +status +val\/hmean +run$/)
        assert.deepStrictEqual(
          rows.map((row) => /optimizer\.lr=\S+ +\w+ +\S+/.exec(row)?.[0]),
          [1, 2, 3].map((i) => `optimizer.lr=0.${i}  done       0.5000`)
        )
      })
    )
  )

  it.effect("reports a job that fails, runs the others, and ends with its exit code", () =>
    inFolder((input) =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(
          Multirun.sweep("train", input, (started, job) =>
            lr(job) === "optimizer.lr=0.2"
              ? Effect.fail(new CommandRefused({ problem: "not with this rate" }))
              : made(started)
          )
        )
        assert.strictEqual(ExitCode.ofExit(exit, undefined), ExitCode.usage)
        assert.include((yield* TestConsole.errorLines).join("\n"), "not with this rate")
        const rows = (yield* table).slice(1)
        assert.deepStrictEqual(
          rows.map((row) => / (done|failed)/.exec(row)?.[1]),
          ["done", "failed", "done"]
        )
      })
    )
  )

  it.effect("stops when it is interrupted, and reports what was done", () =>
    inFolder((input) =>
      Effect.gen(function* () {
        const begun = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkChild(
          Multirun.sweep("train", input, (started, job) =>
            lr(job) === "optimizer.lr=0.1"
              ? made(started)
              : Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
          )
        )
        yield* Deferred.await(begun)
        yield* Fiber.interrupt(fiber)
        const exit = yield* Fiber.await(fiber)
        assert.strictEqual(ExitCode.ofExit(exit, undefined), 130)
        const rows = (yield* table).slice(1)
        assert.match(rows[0] ?? "", /0\.1 +done/)
        assert.match(rows[1] ?? "", /0\.2 +interrupted/)
        assert.strictEqual(rows[2], "1 job did not start")
      })
    )
  )

  it.effect("refuses what no job may be before the first runs", () =>
    inFolder((input, folder) =>
      Effect.gen(function* () {
        const never = () => Effect.die("a job ran")
        const typo = { ...input, overrides: [...input.overrides, "optimizer=adam,adamm"] }
        const none = { ...input, overrides: ["optimizer=glob(x*)"] }
        const twice = { ...input, strict: true, overrides: [...input.overrides, "seed=1", "callbacks={}"] }
        for (const [given, sentence] of [
          [typo, "adamm"],
          [none, "no job"],
          [twice, "callbacks={}"]
        ] as const) {
          const exit = yield* Effect.exit(Multirun.sweep("train", given, never))
          assert.strictEqual(ExitCode.ofExit(exit, undefined), ExitCode.usage)
          assert.include(String(Option.getOrUndefined(Exit.findErrorOption(exit))?.message), sentence)
        }
        const fs = yield* FileSystem.FileSystem
        assert.deepStrictEqual(yield* fs.readDirectory(folder), [])
      })
    )
  )
})
