import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as CheckpointDirectory from "../../../src/layers/checkpoint/CheckpointDirectory.ts"
import { Checkpoints } from "../../../src/pipeline/train/Checkpoints.ts"
import * as FaultyFileSystem from "../FaultyFileSystem.ts"
import { snapshot, stepOf } from "./snapshots.ts"

/** Runs `body` in a folder of its own, which goes afterwards. */
const inFolder = <A, E>(
  body: (folder: string, fs: FileSystem.FileSystem) => Effect.Effect<A, E, FileSystem.FileSystem>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped({ prefix: "anneal-checkpoints-" })
      return yield* body(join(folder, "checkpoints"), fs)
    })
  ).pipe(Effect.provide(NodeFileSystem.layer))

/** Uses the checkpoints of `folder`, opened anew, through `fs`. */
const using = <A, E>(
  folder: string,
  use: (checkpoints: Checkpoints["Service"]) => Effect.Effect<A, E>,
  fs?: FileSystem.FileSystem
) => {
  const layer = CheckpointDirectory.layerAt(folder)
  const opened = fs === undefined ? layer : Layer.provide(layer, Layer.succeed(FileSystem.FileSystem, fs))
  return Effect.scoped(Checkpoints.use(use).pipe(Effect.provide(opened, { local: true })))
}

const loadedStep = (folder: string, reference: string) =>
  using(folder, (checkpoints) => Effect.map(checkpoints.load(reference), stepOf))

const messageOf = <A>(effect: Effect.Effect<A, { readonly message: string }, FileSystem.FileSystem>) =>
  effect.pipe(
    Effect.flip,
    Effect.map((error) => error.message)
  )

describe("CheckpointDirectory", () => {
  it.effect("gives back what it saved, by name, path, run directory and as last", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        yield* using(folder, (checkpoints) => checkpoints.save("last", snapshot(7)))
        for (const reference of ["last", join(folder, "last"), folder, join(folder, "..")]) {
          assert.strictEqual(yield* loadedStep(folder, reference), 7, reference)
        }
        const loaded = yield* using(folder, (checkpoints) => checkpoints.load("last"))
        assert.deepStrictEqual(loaded.state, snapshot(7).state)
        assert.strictEqual(loaded.path, join(folder, "last"))
      })
    )
  )

  it.effect("makes no folder before the first save", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* using(folder, ({ list }) => list), [])
        assert.isTrue(Option.isNone(yield* using(folder, ({ latest }) => latest)))
        assert.isFalse(yield* fs.exists(folder))
      })
    )
  )

  it.effect("lists oldest first, and takes the newest for last where none has that name", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const names = yield* using(folder, (checkpoints) =>
          Effect.gen(function* () {
            yield* checkpoints.save("epoch-01_step-000020", snapshot(20))
            yield* checkpoints.save("epoch-00_step-000003", snapshot(3))
            yield* checkpoints.save("best-hmean-0.5000", snapshot(20))
            return (yield* checkpoints.list).map(({ name }) => name)
          })
        )
        assert.deepStrictEqual(names, ["epoch-00_step-000003", "best-hmean-0.5000", "epoch-01_step-000020"])
        assert.strictEqual(yield* loadedStep(folder, "last"), 20)
        assert.strictEqual(yield* loadedStep(folder, "epoch-00_step-000003"), 3)
      })
    )
  )

  it.effect("chooses best by the recorded metric, unless the retention policy has ranked", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        yield* using(folder, (checkpoints) =>
          Effect.gen(function* () {
            yield* checkpoints.save("best-hmean-0.8000", snapshot(1, { metrics: { "val/hmean": 0.80001 } }))
            yield* checkpoints.save("best-hmean-0.8001", snapshot(2, { metrics: { "val/hmean": 0.80009 } }))
            yield* checkpoints.save("best-hmean-0.7000", snapshot(3, { metrics: { "val/hmean": 0.7 } }))
          })
        )
        assert.strictEqual(yield* loadedStep(folder, "best"), 2)
        const policies = {
          retention: [
            { name: "best-hmean-0.1000", value: 0.1, step: 0 },
            { name: "best-hmean-0.7000", value: 0.7, step: 3 }
          ]
        }
        yield* using(folder, (checkpoints) =>
          checkpoints.save("last", snapshot(4, { metrics: { "val/hmean": 0.9 }, policies }))
        )
        assert.strictEqual(yield* loadedStep(folder, "best"), 3)
      })
    )
  )

  it.effect("chooses best by the monitored metric, whatever the checkpoints are called", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const monitored = (value: number | null) => ({ metric: "val/cer", mode: "min" as const, value })
        const scored = (step: number, cer: number) =>
          snapshot(step, { monitored: monitored(cer), metrics: { "val/cer": cer, "val/hmean": cer } })
        yield* using(folder, (checkpoints) =>
          Effect.gen(function* () {
            yield* checkpoints.save("best-cer-0.2000", scored(1, 0.2))
            yield* checkpoints.save("epoch-02", scored(2, 0.04))
            yield* checkpoints.save("best-hmean-0.0900", scored(3, 0.09))
            yield* checkpoints.save("early", snapshot(0, { monitored: monitored(null) }))
            yield* checkpoints.save("last", scored(4, 0.01))
          })
        )
        assert.strictEqual(yield* loadedStep(folder, "best"), 2)
      })
    )
  )

  it.effect("takes the least of a loss for best", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        yield* using(folder, (checkpoints) =>
          Effect.gen(function* () {
            yield* checkpoints.save("best-loss-0.5000", snapshot(1, { metrics: { "val/loss": 0.5 } }))
            yield* checkpoints.save("best-loss-0.9000", snapshot(2, { metrics: { "val/loss": 0.9 } }))
          })
        )
        assert.strictEqual(yield* loadedStep(folder, "best"), 1)
      })
    )
  )

  it.effect("removes a checkpoint", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* using(folder, (checkpoints) =>
          Effect.gen(function* () {
            yield* checkpoints.save("a", snapshot(1))
            yield* checkpoints.remove("a")
            yield* checkpoints.remove("never")
          })
        )
        assert.deepStrictEqual(yield* fs.readDirectory(folder), [])
      })
    )
  )

  it.effect("refuses a name that is a path", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const message = yield* messageOf(using(folder, ({ save }) => save("best-val/hmean", snapshot(1))))
        assert.include(message, '"best-val/hmean" cannot name a checkpoint')
      })
    )
  )

  it.effect("refuses a checkpoint cut in half by name, and names an older whole one", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* using(folder, (checkpoints) =>
          Effect.andThen(
            checkpoints.save("epoch-00_step-000003", snapshot(3)),
            checkpoints.save("last", snapshot(5))
          )
        )
        const file = join(folder, "last", "model.safetensors")
        const whole = yield* fs.readFile(file)
        yield* fs.truncate(file, whole.length >> 1)
        const message = yield* messageOf(loadedStep(folder, "last"))
        assert.include(
          message,
          `${file}: it is truncated: it has ${whole.length >> 1} of ${whole.length} bytes`
        )
        assert.include(message, "Take epoch-00_step-000003 (step 3)")
        assert.deepStrictEqual(
          (yield* using(folder, ({ list }) => list)).map(({ name }) => name),
          ["epoch-00_step-000003"]
        )
      })
    )
  )

  it.effect("finds one changed bit anywhere in the tensors", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* using(folder, ({ save }) => save("last", snapshot(5)))
        const file = join(folder, "last", "optimizer.safetensors")
        const bytes = yield* fs.readFile(file)
        bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1
        yield* fs.writeFile(file, bytes)
        assert.include(yield* messageOf(loadedStep(folder, "last")), "its SHA-256 differs")
      })
    )
  )

  it.effect.each<readonly [string, string]>([
    ["", "truncated, or is not the state of a checkpoint"],
    ['{"format": 2}', "format 2, and this version of Anneal reads format 1"],
    ['{"format": 7, "versions": {"anneal": "9.1.0"}}', "Anneal 9.1.0 wrote it, which is newer"],
    ['{"format": 1, "step": "x"}', "is not the state of a checkpoint"]
  ])("refuses a state.json of %j", ([text, problem]) =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* using(folder, ({ save }) => save("last", snapshot(5)))
        yield* fs.writeFileString(join(folder, "last", "state.json"), text)
        const message = yield* messageOf(loadedStep(folder, "last"))
        assert.include(message, problem)
        assert.include(message, "There is no complete checkpoint beside it")
      })
    )
  )

  it.effect("says what there is when a reference names nothing", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        yield* using(folder, ({ save }) => save("last", snapshot(5)))
        assert.include(yield* messageOf(loadedStep(folder, "lost")), "There are last (step 5)")
        assert.include(yield* messageOf(loadedStep(folder, "best")), 'no complete checkpoint named "best…"')
        assert.include(
          yield* messageOf(loadedStep(join(folder, "none"), "last")),
          "no checkpoint was saved there"
        )
      })
    )
  )

  it.effect("reads whole checkpoints while another fiber replaces them", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        yield* using(folder, ({ save }) => save("last", snapshot(1)))
        const writer = yield* Effect.forkChild(
          using(folder, (checkpoints) =>
            Effect.forEach(
              Array.from({ length: 40 }, (_, i) => i + 2),
              (step) => checkpoints.save("last", snapshot(step))
            )
          )
        )
        let seen = 1
        while (writer.pollUnsafe() === undefined) {
          // The reader opens no folder of its own: opening is for the writer.
          const step = yield* using(join(folder, "elsewhere"), ({ load }) =>
            Effect.map(load(join(folder, "last")), stepOf)
          )
          assert.isAtLeast(step, seen)
          seen = step
        }
        yield* Fiber.join(writer)
        assert.strictEqual(yield* loadedStep(folder, "last"), 41)
      })
    )
  )
})

/** The calls that one replacing save makes on a sound file system. */
const callsOfSave = inFolder((folder, fs) =>
  Effect.gen(function* () {
    yield* using(folder, ({ save }) => save("last", snapshot(1)))
    const sound = FaultyFileSystem.make(fs, "EIO", 0)
    yield* using(folder, ({ save }) => save("last", snapshot(2)), sound.fs)
    return sound.calls
  })
)

describe("CheckpointDirectory under faults", () => {
  it.effect("flushes every file before the rename, and the folder after it", () =>
    Effect.gen(function* () {
      const calls = yield* callsOfSave
      const at = (call: string) => calls.lastIndexOf(call)
      for (const file of ["model.safetensors", "optimizer.safetensors", "state.json"]) {
        assert.isAbove(at(`sync .tmp-last/${file}`), at(`writeAll .tmp-last/${file}`), file)
        assert.isAbove(at("rename checkpoints/last"), at(`sync .tmp-last/${file}`), file)
      }
      assert.isAbove(at("rename checkpoints/last"), at("sync checkpoints/.tmp-last"))
      assert.isBelow(at("rename checkpoints/last"), calls.lastIndexOf("remove checkpoints/last.previous"))
      const folderFlushed = calls.findLastIndex(
        (call) => call.startsWith("sync") && call.endsWith("/checkpoints")
      )
      assert.isAbove(folderFlushed, at("rename checkpoints/last"))
      assert.isBelow(folderFlushed, at("remove checkpoints/last.previous"))
    })
  )

  it.effect.each(["before", "within", "after"] as const)(
    "has a whole last after a death %s any call of a save, and loses at most unflushed bytes",
    (fault) =>
      Effect.gen(function* () {
        const { length } = yield* callsOfSave
        assert.isAbove(length, 20)
        for (let at = 1; at <= length; at++) {
          yield* inFolder((folder, fs) =>
            Effect.gen(function* () {
              yield* using(folder, ({ save }) => save("last", snapshot(1)))
              const faulty = FaultyFileSystem.make(fs, fault, at)
              const exit = yield* Effect.exit(
                using(folder, ({ save }) => save("last", snapshot(2)), faulty.fs)
              )
              assert.isTrue(Exit.hasDies(exit), `call ${at} of ${length} dies`)
              for (const path of faulty.unflushed) yield* Effect.ignore(fs.truncate(path, 0))
              // A reader that does not own the folder must find it as the crash left it.
              const read = yield* using(join(folder, "elsewhere"), ({ load }) =>
                Effect.map(load(join(folder, "last")), stepOf)
              )
              assert.include([1, 2], read, `call ${at}: ${faulty.calls.at(-1)}`)
              const owned = yield* loadedStep(folder, "last")
              assert.strictEqual(owned, read, `call ${at}: ${faulty.calls.at(-1)}`)
              assert.deepStrictEqual(yield* fs.readDirectory(folder), ["last"], `call ${at}`)
              yield* using(folder, ({ save }) => save("last", snapshot(3)))
              assert.strictEqual(yield* loadedStep(folder, "last"), 3)
            })
          )
        }
      })
  )

  it.effect.each(["ENOSPC", "EACCES", "EIO"] as const)(
    "fails a save typed on %s at any call, keeps the previous checkpoint and leaves nothing",
    (fault) =>
      Effect.gen(function* () {
        const { length } = yield* callsOfSave
        for (let at = 1; at <= length; at++) {
          yield* inFolder((folder, fs) =>
            Effect.gen(function* () {
              yield* using(folder, ({ save }) => save("last", snapshot(1)))
              const faulty = FaultyFileSystem.make(fs, fault, at)
              const exit = yield* Effect.exit(
                using(folder, ({ save }) => save("last", snapshot(2)), faulty.fs)
              )
              const call = faulty.calls[at - 1]
              assert.isFalse(Exit.hasDies(exit), `call ${at}: ${call}`)
              assert.include([1, 2], yield* loadedStep(folder, "last"), `call ${at}: ${call}`)
              const left = (yield* fs.readDirectory(folder)).filter((name) => name.startsWith(".tmp"))
              assert.deepStrictEqual(left, [], `call ${at}: ${call}`)
            })
          )
        }
      })
  )

  it.effect("says how much room a full disk lacks, and that the previous checkpoint is kept", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const calls = yield* callsOfSave
        const at = calls.indexOf("writeAll .tmp-last/model.safetensors") + 1
        yield* using(folder, ({ save }) => save("last", snapshot(1)))
        const faulty = FaultyFileSystem.make(fs, "ENOSPC", at)
        const message = yield* messageOf(using(folder, ({ save }) => save("last", snapshot(2)), faulty.fs))
        assert.include(message, "the checkpoint cannot be saved: the disk is full")
        assert.match(message, /A checkpoint needs \d+(\.\d)? (B|KiB), and .* are free/)
        assert.include(message, "The previous checkpoint is kept")
        assert.deepStrictEqual(yield* fs.readDirectory(folder), ["last"])
      })
    )
  )

  it.effect("fails typed where the folder cannot be made", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* fs.writeFileString(folder, "a file where the folder should be")
        const message = yield* messageOf(using(folder, ({ save }) => save("last", snapshot(1))))
        assert.include(message, folder)
      })
    )
  )
})

describe("CheckpointDirectory, its layer", () => {
  const debris = (folder: string) => join(folder, ".tmp-last")

  it.effect("opens, clears what a crash left, and closes", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* fs.makeDirectory(debris(folder), { recursive: true })
        yield* using(folder, ({ save }) => save("last", snapshot(1)))
        assert.deepStrictEqual(yield* fs.readDirectory(folder), ["last"])
      })
    )
  )

  it.effect("closes on failure and leaves nothing half-made", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const failed = yield* Effect.exit(
          using(folder, ({ save }) => Effect.andThen(save("last", snapshot(1)), Effect.fail("no")))
        )
        assert.deepStrictEqual(failed, Exit.fail("no"))
        assert.deepStrictEqual(yield* fs.readDirectory(folder), ["last"])
      })
    )
  )

  it.effect("closes on interruption of a save and leaves nothing half-made", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* using(folder, ({ save }) => save("last", snapshot(1)))
        for (let turns = 0; turns < 60; turns += 3) {
          const fiber = yield* Effect.forkChild(using(folder, ({ save }) => save("last", snapshot(2))))
          for (let turn = 0; turn < turns; turn++) yield* Effect.yieldNow
          yield* Fiber.interrupt(fiber)
          assert.deepStrictEqual(yield* fs.readDirectory(folder), ["last"], `after ${turns} turns`)
          assert.include([1, 2], yield* loadedStep(folder, "last"))
        }
      })
    )
  )

  it.live("waits for a folder that is being made when it is interrupted, and removes it", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* using(folder, ({ save }) => save("last", snapshot(1)))
        const begun = yield* Deferred.make<void>()
        // As Node does it: interrupting the fiber does not stop the call.
        const late = (...call: Parameters<FileSystem.FileSystem["makeDirectory"]>) =>
          Deferred.succeed(begun, undefined).pipe(
            Effect.andThen(Effect.sleep("20 millis")),
            Effect.andThen(fs.makeDirectory(...call))
          )
        const slow: typeof late = (path, options) =>
          path.endsWith(".tmp-last")
            ? Effect.flatMap(Effect.forkDetach(late(path, options)), Fiber.join)
            : fs.makeDirectory(path, options)
        const saving = using(folder, ({ save }) => save("last", snapshot(2)), { ...fs, makeDirectory: slow })
        const fiber = yield* Effect.forkChild(saving)
        yield* Deferred.await(begun)
        yield* Fiber.interrupt(fiber)
        yield* Effect.sleep("40 millis")
        assert.deepStrictEqual(yield* fs.readDirectory(folder), ["last"])
        assert.strictEqual(yield* loadedStep(folder, "last"), 1)
      })
    )
  )
})
