import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { hostname } from "node:os"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import { TestClock } from "effect/testing"
import * as ProcessOwner from "../../../src/layers/run/ProcessOwner.ts"
import * as RunLock from "../../../src/layers/run/RunLock.ts"

const inFolder = <A, E>(
  body: (lock: string, fs: FileSystem.FileSystem) => Effect.Effect<A, E, FileSystem.FileSystem>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped({ prefix: "anneal-lock-" })
      return yield* body(join(folder, ".lock"), fs)
    })
  ).pipe(Effect.provide(NodeFileSystem.layer))

/** Another process, alive until the scope ends or `kill` is called. */
const otherProcess = Effect.acquireRelease(
  Effect.sync(() => spawn("sleep", ["60"], { stdio: "ignore" })),
  (child) => Effect.sync(() => child.kill("SIGKILL"))
)

const killed = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    child.once("exit", () => resume(Effect.void))
    child.kill("SIGKILL")
  })

const ownerOf = (pid: number, token: string, over: Partial<ProcessOwner.ProcessOwner> = {}) =>
  Effect.map(ProcessOwner.self(token), (self) => ({ ...self, pid, began: null, ...over }))

/** Runs a command where processes are counted anew, as in a container; the host's name stays. */
const apart = ["--pid", "--fork", "--kill-child", "--mount-proc"]
const canPart = spawnSync("unshare", [...apart, "true"]).status === 0
if (!canPart) console.warn("skipped: PID namespaces need Linux, unshare and root")

const holder = join(import.meta.dirname, "fixtures/holdLock.ts")

/** A process in a PID namespace of its own, and the first line that it says about the lock. */
const inContainer = (lock: string) =>
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn("unshare", [...apart, process.execPath, holder, lock])),
      (started) => Effect.sync(() => started.kill("SIGKILL"))
    )
    const said = yield* Effect.callback<string>((resume) => {
      child.stdout.once("data", (text) => resume(Effect.succeed(String(text).trim())))
      child.stderr.once("data", (text) => resume(Effect.succeed(String(text))))
    })
    return { child, said }
  })

/** When the file was written last, in milliseconds since 1970. */
const written = (fs: FileSystem.FileSystem, path: string) =>
  Effect.map(fs.stat(path), ({ mtime }) => Option.getOrThrow(mtime).getTime())

describe("RunLock", () => {
  it.effect("is taken, reported to a second claimant, and taken again after its release", () =>
    inFolder((lock, fs) =>
      Effect.gen(function* () {
        const one = yield* ProcessOwner.self("one")
        const two = yield* ProcessOwner.self("two")
        yield* RunLock.acquire(fs, lock, one)
        const held = yield* Effect.flip(RunLock.acquire(fs, lock, two))
        assert.strictEqual(held._tag === "LockHeld" ? held.owner.pid : 0, process.pid)
        yield* RunLock.release(fs, lock, two)
        assert.isTrue(yield* fs.exists(lock), "who does not hold it cannot release it")
        yield* RunLock.release(fs, lock, one)
        yield* RunLock.acquire(fs, lock, two)
        assert.deepStrictEqual(yield* fs.readDirectory(join(lock, "..")), [".lock"])
      })
    )
  )

  it.effect(
    "refuses while another process lives, naming it, and goes to the next once that one is killed",
    () =>
      inFolder((lock, fs) =>
        Effect.scoped(
          Effect.gen(function* () {
            const child = yield* otherProcess
            const other = yield* ownerOf(child.pid ?? 0, "other")
            yield* RunLock.acquire(fs, lock, other)
            const self = yield* ProcessOwner.self("self")
            const held = yield* Effect.flip(RunLock.acquire(fs, lock, self))
            assert.include(held.message, `held by process ${child.pid} on ${hostname()}`)
            yield* killed(child)
            yield* RunLock.acquire(fs, lock, self)
            assert.include(yield* fs.readFileString(lock), '"self"')
            assert.deepStrictEqual(yield* fs.readDirectory(join(lock, "..")), [".lock"])
          })
        )
      )
  )

  it.effect("knows a pid that another process uses again by the time it began", () =>
    inFolder((lock, fs) =>
      Effect.gen(function* () {
        yield* RunLock.acquire(fs, lock, yield* ownerOf(process.pid, "earlier", { began: "1" }))
        yield* RunLock.acquire(fs, lock, yield* ProcessOwner.self("self"))
      })
    )
  )

  it.effect("cannot judge an owner on another machine, and says so", () =>
    inFolder((lock, fs) =>
      Effect.gen(function* () {
        yield* RunLock.acquire(fs, lock, yield* ownerOf(1, "far", { host: "elsewhere" }))
        const held = yield* Effect.flip(RunLock.acquire(fs, lock, yield* ProcessOwner.self("self")))
        assert.isFalse(held._tag === "LockHeld" && held.alive)
      })
    )
  )

  it.effect.skipIf(!canPart)(
    "stays with who lives in another container, whatever its pid is called here",
    () =>
      inFolder((lock, fs) =>
        Effect.scoped(
          Effect.gen(function* () {
            const { child, said } = yield* inContainer(lock)
            assert.strictEqual(said, "holds it")
            const own = yield* ProcessOwner.self("self")
            const refused = yield* Effect.flip(RunLock.acquire(fs, lock, own))
            assert.isTrue(refused._tag === "LockHeld" && !refused.alive)
            assert.isTrue(yield* RunLock.isHeld(fs, lock))
            assert.match((yield* inContainer(lock)).said, /is held by process 1 on/)
            yield* killed(child)
            // Nobody here can see that it died: its silence shows it.
            yield* Effect.flip(RunLock.acquire(fs, lock, own))
            const past = (yield* written(fs, lock)) - ProcessOwner.patience
            yield* fs.utimes(lock, past / 1000, past / 1000)
            yield* RunLock.acquire(fs, lock, own)
            assert.include(yield* fs.readFileString(lock), '"self"')
          })
        )
      )
  )

  it.effect("is written again and again while it is held, and never in the place of another's", () =>
    inFolder((lock, fs) =>
      Effect.gen(function* () {
        const own = yield* ProcessOwner.self("self")
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* RunLock.hold(fs, lock, own)
            yield* fs.rename(lock, `${lock}-ours`)
            yield* fs.writeFileString(lock, JSON.stringify({ ...own, token: "other" }))
            yield* fs.utimes(`${lock}-ours`, 1, 1)
            yield* TestClock.adjust(ProcessOwner.beat)
          })
        )
        assert.isAbove(yield* written(fs, `${lock}-ours`), 1000)
        assert.include(yield* fs.readFileString(lock), '"other"')
      })
    )
  )

  it.effect("takes over a lock file without an owner", () =>
    inFolder((lock, fs) =>
      Effect.gen(function* () {
        yield* fs.writeFileString(lock, "")
        yield* RunLock.acquire(fs, lock, yield* ProcessOwner.self("self"))
      })
    )
  )

  it.effect("goes to exactly one of many that see the same death", () =>
    inFolder((lock, fs) =>
      Effect.gen(function* () {
        const dead = yield* ownerOf(process.pid, "dead", { began: "1" })
        for (let round = 0; round < 20; round++) {
          yield* fs.writeFileString(lock, JSON.stringify(dead))
          const owners = yield* Effect.forEach(
            Array.from({ length: 8 }, (_, i) => `${round}-${i}`),
            (token) => ProcessOwner.self(token)
          )
          const exits = yield* Effect.forEach(
            owners,
            (owner) => Effect.exit(RunLock.acquire(fs, lock, owner)),
            { concurrency: "unbounded" }
          )
          const winners = owners.filter((_, i) => exits[i]?._tag === "Success")
          assert.strictEqual(winners.length, 1, `round ${round}`)
          assert.include(yield* fs.readFileString(lock), `"${winners[0]?.token}"`)
          yield* fs.remove(lock)
        }
      })
    )
  )
})
