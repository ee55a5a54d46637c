import { execFileSync, spawnSync } from "node:child_process"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { ChildProcessSpawner } from "effect/process"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import * as Git from "../../../src/layers/run/Git.ts"
import * as RunDirectoryLayer from "../../../src/layers/run/RunDirectory.ts"
import * as RunRecordFile from "../../../src/layers/run/RunRecordFile.ts"
import { RunDirectory } from "../../../src/pipeline/run/RunDirectory.ts"
import * as FaultyFileSystem from "../FaultyFileSystem.ts"

type Services = FileSystem.FileSystem | ChildProcessSpawner.ChildProcessSpawner

const inFolder = <A, E>(
  body: (folder: string, fs: FileSystem.FileSystem) => Effect.Effect<A, E, Services>
): Effect.Effect<A, unknown> =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      return yield* body(yield* fs.makeTempDirectoryScoped({ prefix: "anneal-run-" }), fs)
    })
  ).pipe(Effect.provide(NodeServices.layer))

/** Git in the tests answers at once, so that faults at file calls are counted alike each time. */
const noGit = Layer.mock(ChildProcessSpawner.ChildProcessSpawner, {
  string: () => Effect.succeed(""),
  streamString: () => Stream.empty,
  streamLines: () => Stream.empty
})

const options = (path: string, over: Partial<RunDirectoryLayer.RunDirectoryOptions> = {}) => ({
  path,
  kind: "train" as const,
  seed: 42,
  command: ["anneal", "train"],
  resume: false,
  ...over
})

const using = <A, E, R>(
  given: RunDirectoryLayer.RunDirectoryOptions,
  use: (run: RunDirectory["Service"]) => Effect.Effect<A, E, R>,
  fs?: FileSystem.FileSystem
) => {
  const layer = RunDirectoryLayer.layer(given).pipe(Layer.provide(noGit))
  const opened = fs === undefined ? layer : Layer.provide(layer, Layer.succeed(FileSystem.FileSystem, fs))
  return Effect.scoped(RunDirectory.use(use).pipe(Effect.provide(opened, { local: true })))
}

class Stopped extends Schema.TaggedError<Stopped>()("Stopped", {}) {
  override get message() {
    return "loss became non-finite"
  }
}

const nothing = () => Effect.void

describe("RunDirectory", () => {
  it.effect(
    "takes the next number if its name is a time and another run has it, at the same moment too",
    () =>
      inFolder((folder) =>
        Effect.gen(function* () {
          const path = join(folder, "20260101_000000_42")
          const names = ["", "_2", "_3", "_4"].map((end) => `${path}${end}`)
          const all = yield* Deferred.make<void>()
          const opened: Array<string> = []
          const start = using(options(path, { numbered: true }), (run) =>
            Effect.suspend(() => {
              opened.push(run.path)
              return opened.length === 4 ? Deferred.succeed(all, undefined) : Deferred.await(all)
            })
          )
          yield* Effect.all([start, start, start, start], { concurrency: "unbounded" })
          assert.deepStrictEqual(opened.toSorted(), names)
          assert.strictEqual(
            yield* using(options(path, { numbered: true }), (run) => Effect.succeed(run.path)),
            `${path}_5`
          )
          const named = yield* Effect.flip(using(options(path), () => Effect.void))
          assert.include(String(named), "it already holds a run")
        })
      )
  )

  it.effect("makes the folder, its record and nothing else, and closes as done", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const path = join(folder, "outputs", "train", "run")
        yield* TestClock.setTime(1_700_000_000_000)
        const during = yield* using(
          options(path, { overrides: ["seed=42"], versions: { anneal: "0.1.0" } }),
          (run) => Effect.andThen(TestClock.adjust("3 seconds"), run.record)
        )
        assert.strictEqual(during.status, "running")
        const record = yield* RunRecordFile.read(fs, path)
        assert.strictEqual(record.status, "done")
        assert.strictEqual(record.started, "2023-11-14T22:13:20.000Z")
        assert.strictEqual(record.ended, "2023-11-14T22:13:23.000Z")
        assert.deepStrictEqual(record.overrides, ["seed=42"])
        assert.strictEqual(record.versions["node"], process.versions.node)
        assert.match(record.id, /^[0-9a-z]{8}$/)
        assert.deepStrictEqual(yield* fs.readDirectory(path), ["run.json"])
      })
    )
  )

  it.effect("closes on failure, recording the sentence", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* Effect.exit(using(options(folder), () => Effect.fail(new Stopped())))
        const record = yield* RunRecordFile.read(fs, folder)
        assert.strictEqual(record.status, "failed")
        assert.strictEqual(record.error, "loss became non-finite")
        assert.deepStrictEqual(yield* fs.readDirectory(folder), ["run.json"])
      })
    )
  )

  it.effect("closes on interruption", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const opened = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkChild(
          using(options(folder), () => Effect.andThen(Deferred.succeed(opened, undefined), Effect.never))
        )
        yield* Deferred.await(opened)
        yield* Fiber.interrupt(fiber)
        const record = yield* RunRecordFile.read(fs, folder)
        assert.strictEqual(record.status, "interrupted")
        assert.strictEqual(record.error, null)
        assert.deepStrictEqual(yield* fs.readDirectory(folder), ["run.json"])
      })
    )
  )

  it.effect("keeps a status that the program recorded itself", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* using(options(folder), (run) => run.update({ status: "interrupted" }))
        assert.strictEqual((yield* RunRecordFile.read(fs, folder)).status, "interrupted")
      })
    )
  )

  it.effect("writes files anywhere inside, and nowhere outside", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const refused = yield* using(options(join(folder, "run")), (run) =>
          Effect.gen(function* () {
            yield* run.write(".hydra/config.yaml", "a: 1\n")
            yield* run.write(".hydra/config.yaml", "a: 2\n")
            assert.strictEqual(yield* run.file("figures/x.png"), join(run.path, "figures/x.png"))
            return yield* Effect.flip(run.write("../escaped", "x"))
          })
        )
        assert.include(refused.message, '"../escaped" lies outside')
        assert.strictEqual(yield* fs.readFileString(join(folder, "run/.hydra/config.yaml")), "a: 2\n")
        assert.deepStrictEqual(yield* fs.readDirectory(join(folder, "run/.hydra")), ["config.yaml"])
        assert.deepStrictEqual(yield* fs.readDirectory(join(folder, "run/figures")), [])
      })
    )
  )

  it.effect("refuses a folder that holds a run, unless it is resumed, and then keeps its record", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* using(options(folder), (run) => run.update({ steps: 7, metrics: { "val/hmean": 0.5 } }))
        const before = yield* RunRecordFile.read(fs, folder)
        const refused = yield* Effect.flip(using(options(folder), nothing))
        assert.include(refused.message, "it already holds a run")
        assert.include(refused.message, `resume=${folder}`)
        yield* using(options(folder, { resume: true, command: ["anneal", "train", "resume=last"] }), nothing)
        const after = yield* RunRecordFile.read(fs, folder)
        assert.strictEqual(after.id, before.id)
        assert.strictEqual(after.steps, 7)
        assert.deepStrictEqual(
          after.resumes.map(({ command }) => command),
          [["anneal", "train", "resume=last"]]
        )
      })
    )
  )

  it.effect("resumes no directory with a link that leads out of it, and keeps one with a link inside", () =>
    inFolder((parent, fs) =>
      Effect.gen(function* () {
        const folder = join(parent, "run")
        yield* using(options(folder), (run) => run.write("logs/a.txt", "a"))
        const resumed = using(options(folder, { resume: true }), nothing)
        yield* fs.symlink("a.txt", join(folder, "logs/b.txt"))
        yield* resumed
        // Dangling: what is written there would be made outside.
        yield* fs.symlink("../../outside.csv", join(folder, "logs/metrics.csv"))
        const refused = yield* Effect.flip(resumed)
        assert.strictEqual(refused._tag, "RunDirectoryError")
        assert.include(refused.message, `"logs/metrics.csv" is a link that leads out of it`)
        assert.isFalse(yield* fs.exists(join(parent, "outside.csv")))
      })
    )
  )

  it.effect("cannot resume what holds no run", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const refused = yield* Effect.flip(using(options(join(folder, "none"), { resume: true }), nothing))
        assert.include(refused.message, "no run can be read here")
        assert.deepStrictEqual(yield* fs.readDirectory(folder), [])
      })
    )
  )

  it.effect("is refused to a second process while the first runs, naming it", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const refused = yield* using(options(folder), () =>
          Effect.flip(using(options(folder, { resume: true }), nothing))
        )
        assert.include(refused.message, `process ${process.pid} on`)
        assert.include(refused.message, "is using this run directory")
      })
    )
  )

  it.effect.each(["EACCES", "ENOSPC"] as const)(
    "fails typed on %s at any call of its opening and leaves no folder behind",
    (fault) =>
      inFolder((folder, fs) =>
        Effect.gen(function* () {
          const sound = FaultyFileSystem.make(fs, fault, 0)
          const count = yield* using(
            options(join(folder, "a/b")),
            () => Effect.sync(() => sound.calls.length),
            sound.fs
          )
          assert.isAbove(count, 10)
          yield* fs.remove(join(folder, "a"), { recursive: true })
          for (let at = 1; at <= count; at++) {
            const faulty = FaultyFileSystem.make(fs, fault, at)
            const exit = yield* Effect.exit(using(options(join(folder, "a/b")), nothing, faulty.fs))
            const call = `call ${at}: ${faulty.calls[at - 1]}`
            if (exit._tag === "Success") yield* fs.remove(join(folder, "a"), { recursive: true })
            else assert.include(String(exit.cause), "RunDirectoryError", call)
            assert.deepStrictEqual(yield* fs.readDirectory(folder), [], call)
          }
        })
      )
  )

  it.effect("gives the cure if the folder cannot be made", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* fs.writeFileString(join(folder, "file"), "not a folder")
        const refused = yield* Effect.flip(using(options(join(folder, "file", "run")), nothing))
        assert.include(refused.message, "the run directory cannot be made")
        assert.include(refused.message, "hydra.run.dir=")
      })
    )
  )
})

describe("Git", () => {
  const git = (folder: string, ...args: ReadonlyArray<string>) =>
    execFileSync(
      "git",
      ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always", ...args],
      { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }
    )

  const committed = Effect.fnUntraced(function* (folder: string) {
    const fs = yield* FileSystem.FileSystem
    yield* fs.makeDirectory(folder, { recursive: true })
    git(folder, "init", "-q")
    yield* fs.writeFileString(join(folder, "x"), "1")
    yield* fs.writeFileString(join(folder, ".gitattributes"), "x filter=evil diff=evil\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "x")
    return git(folder, "rev-parse", "HEAD").trim()
  })

  it.live("reports the commit, and whether tracked files differ from it", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* Git.stateOf(folder), null)
        git(folder, "init", "-q")
        assert.strictEqual(yield* Git.stateOf(folder), null)
        const commit = yield* committed(folder)
        git(folder, "tag", "v1")
        assert.deepStrictEqual(yield* Git.stateOf(folder), { commit, dirty: false })
        yield* fs.writeFileString(join(folder, "new"), "untracked")
        yield* fs.utimes(join(folder, "x"), 1, 1)
        assert.deepStrictEqual(yield* Git.stateOf(folder), { commit, dirty: false })
        yield* fs.writeFileString(join(folder, "x"), "2")
        assert.deepStrictEqual(yield* Git.stateOf(folder), { commit, dirty: true })
        git(folder, "add", "x")
        assert.deepStrictEqual(yield* Git.stateOf(folder), { commit, dirty: true })
      })
    )
  )

  /** A program that leaves its name in `ran`. */
  const trap = Effect.fnUntraced(function* (folder: string, name: string) {
    const fs = yield* FileSystem.FileSystem
    const path = join(folder, "..", `${name}.sh`)
    yield* fs.writeFileString(path, `#!/bin/sh\necho ${name} >> "${join(folder, "..", "ran")}"\nexit 1\n`)
    yield* fs.chmod(path, 0o755)
    return path
  })

  const settings: { readonly [name: string]: ReadonlyArray<string> } = {
    monitor: ["core.fsmonitor"],
    clean: ["filter.evil.clean"],
    process: ["filter.evil.process"],
    smudge: ["filter.evil.smudge"],
    diff: ["diff.external", "diff.evil.command", "diff.evil.textconv"],
    pager: ["core.pager", "pager.status", "pager.config"],
    connection: ["core.sshCommand", "core.gitProxy", "core.askPass", "credential.helper"],
    editor: ["core.editor", "sequence.editor", "gpg.program"]
  }

  it.live("runs nothing that a repository's configuration names", () =>
    inFolder((above, fs) =>
      Effect.gen(function* () {
        const folder = join(above, "repository")
        const commit = yield* committed(folder)
        for (const [name, keys] of Object.entries(settings)) {
          const program = yield* trap(folder, name)
          for (const key of keys) git(folder, "config", key, program)
        }
        git(folder, "config", "filter.evil.required", "true")
        git(folder, "config", "alias.status", `!${yield* trap(folder, "alias")}`)
        const hooks = join(above, "hooks")
        yield* fs.makeDirectory(hooks)
        yield* fs.copyFile(yield* trap(folder, "hook"), join(hooks, "post-index-change"))
        yield* fs.chmod(join(hooks, "post-index-change"), 0o755)
        git(folder, "config", "core.hooksPath", hooks)
        // A file whose time differs makes git compare contents, by way of the filters.
        yield* fs.utimes(join(folder, "x"), 1, 1)
        assert.deepStrictEqual(yield* Git.stateOf(folder), { commit, dirty: false })
        assert.isFalse(yield* fs.exists(join(above, "ran")))
        // The traps work: an unguarded question runs into them.
        spawnSync("git", ["describe", "--always", "--dirty"], { cwd: folder, timeout: 20_000 })
        const ran = yield* fs.readFileString(join(above, "ran"))
        for (const name of ["monitor", "process"]) assert.include(ran, name)
      })
    )
  )

  it.live("runs nothing of a submodule, and fetches nothing that is missing", () =>
    inFolder((above, fs) =>
      Effect.gen(function* () {
        const folder = join(above, "repository")
        const inner = join(above, "inner")
        yield* committed(inner)
        yield* committed(folder)
        git(folder, "submodule", "add", "-q", inner, "sub")
        git(folder, "commit", "-qm", "sub")
        const program = yield* trap(folder, "monitor")
        git(join(folder, "sub"), "config", "core.fsmonitor", program)
        git(join(folder, "sub"), "config", "filter.evil.clean", program)
        yield* fs.utimes(join(folder, "sub", "x"), 1, 1)
        assert.strictEqual((yield* Git.stateOf(folder))?.dirty, false)
        git(folder, "config", "core.repositoryformatversion", "1")
        git(folder, "config", "extensions.partialClone", "origin")
        git(folder, "config", "remote.origin.url", inner)
        git(folder, "config", "remote.origin.promisor", "true")
        git(folder, "config", "remote.origin.uploadpack", yield* trap(folder, "upload"))
        git(folder, "config", "protocol.file.allow", "always")
        const tree = git(folder, "rev-parse", "HEAD^{tree}").trim()
        yield* fs.remove(join(folder, ".git", "objects", tree.slice(0, 2), tree.slice(2)))
        yield* Git.stateOf(folder)
        assert.isFalse(yield* fs.exists(join(above, "ran")))
        spawnSync("git", ["status"], { cwd: folder, timeout: 20_000 })
        const ran = yield* fs.readFileString(join(above, "ran"))
        for (const name of ["monitor", "upload"]) assert.include(ran, name)
      })
    )
  )

  it.live("does not ask where a filter has a name that cannot be shut", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* committed(folder)
        const program = yield* trap(folder, "clean")
        git(folder, "config", "filter.a=b.clean", program)
        yield* fs.writeFileString(join(folder, ".gitattributes"), "x filter=a=b\n")
        yield* fs.utimes(join(folder, "x"), 1, 1)
        assert.strictEqual(yield* Git.stateOf(folder), null)
        assert.isFalse(yield* fs.exists(join(folder, "..", "ran")))
      })
    )
  )
})
