import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Logger from "effect/Logger"
import { TestClock } from "effect/testing"
import * as TerminalRuns from "../../../src/cli/terminal/Runs.ts"
import * as Text from "../../../src/cli/terminal/Text.ts"
import * as CheckpointDirectory from "../../../src/layers/checkpoint/CheckpointDirectory.ts"
import * as RegistryLayer from "../../../src/layers/registry/Registry.ts"
import { Registry } from "../../../src/layers/registry/Registry.ts"
import * as RunDirectoryLayer from "../../../src/layers/run/RunDirectory.ts"
import { RunDirectory } from "../../../src/pipeline/run/RunDirectory.ts"
import { Checkpoints } from "../../../src/pipeline/train/Checkpoints.ts"
import { snapshot } from "../checkpoint/snapshots.ts"

const inFolder = <A, E>(
  body: (folder: string, fs: FileSystem.FileSystem) => Effect.Effect<A, E, NodeServices.NodeServices>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      return yield* body(yield* fs.makeTempDirectoryScoped({ prefix: "anneal-registry-" }), fs)
    })
  ).pipe(Effect.provide(NodeServices.layer))

interface Made {
  readonly experiment?: string
  readonly seed: number
  readonly hmean?: number
  readonly objective?: { readonly metric: string; readonly mode: "min" | "max" }
  /** Beside hmean. */
  readonly metrics?: { readonly [name: string]: number }
  readonly plan?: string
  readonly checkpoints?: ReadonlyArray<number>
  readonly fails?: boolean
  /** Below the experiment, where it is not the usual one. */
  readonly place?: string
}

const pathOf = (folder: string, { experiment = "exp", seed, place }: Made) =>
  join(folder, "train", "text_detection", experiment, place ?? `20260101_00000${seed}_${seed}`)

/** A run as the real layers leave it, one minute after the one before. */
const makeRun = Effect.fnUntraced(function* (folder: string, made: Made) {
  const path = pathOf(folder, made)
  yield* TestClock.adjust("1 minute")
  const directory = RunDirectoryLayer.layer({
    path,
    kind: "train",
    seed: made.seed,
    command: ["anneal", "train"],
    overrides: [`seed=${made.seed}`],
    ...(made.objective === undefined ? {} : { task: { name: "mine", objective: made.objective } }),
    resume: false
  })
  const body = Effect.gen(function* () {
    const run = yield* RunDirectory
    const metrics = { ...(made.hmean === undefined ? {} : { "val/hmean": made.hmean }), ...made.metrics }
    yield* run.update({ steps: 10 * made.seed, metrics })
    yield* run.write("plan.yaml", made.plan ?? `seed: ${made.seed}\n`)
    yield* run.write("metrics.csv", "step,train/loss,val/hmean\n1,3,\n2,2,0.25\n3,1,0.5\n")
    for (const step of made.checkpoints ?? []) {
      yield* Checkpoints.use(({ save }) => save(`step-${step}`, snapshot(step, { metrics }))).pipe(
        Effect.provide(CheckpointDirectory.layer, { local: true })
      )
    }
    yield* TestClock.adjust("5 seconds")
    if (made.fails === true) return yield* Effect.fail("broken")
  })
  yield* Effect.exit(Effect.scoped(Effect.provide(body, directory, { local: true })))
  return path
})

const using = <A, E, R>(folder: string, use: (registry: Registry["Service"]) => Effect.Effect<A, E, R>) =>
  Effect.scoped(Registry.use(use).pipe(Effect.provide(RegistryLayer.layer(folder), { local: true })))

const seeds = (runs: ReadonlyArray<{ readonly seed: number }>) => runs.map(({ seed }) => seed)
const messageOf = <A, R>(effect: Effect.Effect<A, { readonly message: string }, R>) =>
  Effect.map(Effect.flip(effect), ({ message }) => message)

const threeRuns = (folder: string) =>
  Effect.gen(function* () {
    yield* makeRun(folder, { seed: 1, hmean: 0.5, plan: "seed: 1\nlr: 0.1\nmodel: {k: a}\n" })
    yield* makeRun(folder, {
      seed: 2,
      hmean: 0.9,
      plan: "seed: 2\nlr: 0.1\nmodel: {k: b}\n",
      checkpoints: [3, 7]
    })
    yield* makeRun(folder, { seed: 3, experiment: "other", fails: true })
  })

describe("Registry", () => {
  it.effect("finds the runs that are there when it is made, newest first", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        yield* threeRuns(folder)
        const runs = yield* using(folder, ({ list }) => list())
        assert.deepStrictEqual(seeds(runs), [3, 2, 1])
        const [third, second] = runs
        assert.strictEqual(third?.status, "failed")
        assert.strictEqual(third?.error, "broken")
        assert.strictEqual(second?.status, "done")
        assert.strictEqual(second?.seconds, 5)
        assert.deepStrictEqual(
          [second?.kind, second?.task, second?.experiment],
          ["train", "text_detection", "exp"]
        )
        assert.deepStrictEqual(second?.metrics, { "val/hmean": 0.9 })
        assert.deepStrictEqual(second?.overrides, ["seed=2"])
      })
    )
  )

  it.effect("filters by columns and metrics and sorts by them, runs without a value last", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        yield* threeRuns(folder)
        const listed = (where: ReadonlyArray<string>, sort?: string) =>
          using(folder, ({ list }) =>
            Effect.map(list(sort === undefined ? { where } : { where, sort }), seeds)
          )
        assert.deepStrictEqual(yield* listed(["status=done"]), [2, 1])
        assert.deepStrictEqual(yield* listed(["status!=done"]), [3])
        assert.deepStrictEqual(yield* listed(["val/hmean>=0.9"]), [2])
        assert.deepStrictEqual(yield* listed(["val/hmean<0.9", "steps>5"]), [1])
        assert.deepStrictEqual(yield* listed(["experiment~oth"]), [3])
        assert.deepStrictEqual(yield* listed([], "val/hmean"), [1, 2, 3])
        assert.deepStrictEqual(yield* listed([], "-val/hmean"), [2, 1, 3])
        assert.deepStrictEqual(yield* using(folder, ({ list }) => Effect.map(list({ limit: 1 }), seeds)), [3])
        assert.deepStrictEqual(yield* listed(['x" OR 1=1 --"=1']), [])
        assert.include(yield* messageOf(listed(["what"])), "what: it is not a condition")
      })
    )
  )

  it.effect("takes new and changed runs when they are recorded, and forgets those that are gone", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* using(folder, ({ list }) => list()), [])
        const path = yield* makeRun(folder, { seed: 1 })
        const elsewhere = yield* makeRun(join(folder, "..", `elsewhere-${process.pid}`), { seed: 5 })
        const after = yield* using(folder, (registry) =>
          Effect.gen(function* () {
            yield* registry.record(path)
            yield* registry.record(elsewhere)
            const both = seeds(yield* registry.list())
            assert.strictEqual(yield* registry.reindex, 1)
            const still = seeds(yield* registry.list())
            yield* fs.remove(path, { recursive: true })
            yield* registry.record(path)
            return [both, still, seeds(yield* registry.list())]
          })
        )
        yield* fs.remove(join(folder, "..", `elsewhere-${process.pid}`), { recursive: true })
        assert.deepStrictEqual(after, [[5, 1], [5, 1], [5]])
      })
    )
  )

  it.effect("sees runs that started, changed or were removed since, by itself", () =>
    inFolder((folder, fs) =>
      using(folder, (registry) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* registry.list(), [])
          const path = yield* makeRun(folder, { seed: 1, fails: true })
          const statuses = Effect.map(registry.list(), (runs) => runs.map(({ status }) => status))
          assert.deepStrictEqual(yield* statuses, ["failed"])
          const claim = { path, kind: "train" as const, seed: 1, command: ["anneal"], resume: true }
          yield* Effect.scoped(Effect.provide(Effect.void, RunDirectoryLayer.layer(claim), { local: true }))
          assert.deepStrictEqual(yield* statuses, ["done"])
          const more = Effect.provide(
            RunDirectory.use((run) => run.update({ steps: 99 })),
            RunDirectoryLayer.layer(claim),
            {
              local: true
            }
          )
          yield* Effect.scoped(more)
          assert.deepStrictEqual(
            (yield* registry.list()).map(({ steps }) => steps),
            [99]
          )
          yield* fs.remove(path, { recursive: true })
          assert.deepStrictEqual(yield* statuses, [])
        })
      )
    )
  )

  it.effect("sees the runs of sweeps, in a folder for each sweep or without, under their experiment", () =>
    inFolder((folder) =>
      using(folder, (registry) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* registry.list(), [])
          yield* makeRun(folder, { seed: 1, experiment: "swept", place: "multirun/20260101_000000/0" })
          yield* makeRun(folder, { seed: 2, experiment: "swept", place: "multirun/20260101_000000_1" })
          const runs = yield* registry.list({ where: ["experiment=swept", "task=text_detection"] })
          assert.deepStrictEqual(seeds(runs), [2, 1])
        })
      )
    )
  )

  it.effect(
    "is made anew from the directories when its file is lost, of another version, or no database",
    () =>
      inFolder((folder, fs) =>
        Effect.gen(function* () {
          yield* threeRuns(folder)
          yield* using(folder, ({ list }) => list())
          const file = join(folder, "registry.sqlite")
          yield* fs.remove(file)
          assert.strictEqual((yield* using(folder, ({ list }) => list())).length, 3)
          yield* fs.writeFileString(
            file,
            "this is no database, and long enough to be seen as none".repeat(20)
          )
          assert.include(yield* messageOf(using(folder, ({ list }) => list())), "`anneal runs reindex`")
        })
      )
  )

  it.effect(
    "knows a run by id, the beginning of one, path, folder name and last, and says what is ambiguous",
    () =>
      inFolder((folder) =>
        Effect.gen(function* () {
          yield* threeRuns(folder)
          yield* using(folder, (registry) =>
            Effect.gen(function* () {
              const [third, second] = yield* registry.list()
              const id = second?.id ?? ""
              for (const reference of [id, id.slice(0, 6), second?.path ?? "", "20260101_000002_2"]) {
                assert.strictEqual((yield* registry.find(reference)).seed, 2, reference)
              }
              assert.strictEqual((yield* registry.find("last")).id, third?.id)
              assert.include(yield* messageOf(registry.find("nothing")), 'no run is called "nothing"')
              assert.include(yield* messageOf(registry.find("")), "Give more characters of the id")
            })
          )
        })
      )
  )

  it.effect("shows a run with its checkpoints and the course of its metrics", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        yield* threeRuns(folder)
        const details = yield* using(folder, ({ show }) => show("20260101_000002_2"))
        assert.deepStrictEqual(
          details.checkpoints.map(({ name, step, metrics }) => ({ name, step, metrics })),
          [
            { name: "step-3", step: 3, metrics: { "val/hmean": 0.9 } },
            { name: "step-7", step: 7, metrics: { "val/hmean": 0.9 } }
          ]
        )
        assert.deepStrictEqual(details.series, [
          {
            name: "train/loss",
            points: [
              [1, 3],
              [2, 2],
              [3, 1]
            ]
          },
          {
            name: "val/hmean",
            points: [
              [2, 0.25],
              [3, 0.5]
            ]
          }
        ])
        const courses = yield* using(folder, (registry) => registry.courses([details.run]))
        const shown = { ...details, courses: courses.get(details.run.path) ?? [] }
        const lines = TerminalRuns.show(shown, "/", 200).map((line) => Text.show(line, false))
        assert.include(lines.join("\n"), "█▅▁")
        assert.match(lines.join("\n"), /step-7 +1 +7 +0\.9000/)
      })
    )
  )

  it.effect("makes a damaged catalogue anew, whatever is wrong with it", () =>
    inFolder((parent, fs) =>
      Effect.gen(function* () {
        const folder = join(parent, "all")
        yield* threeRuns(folder)
        const apart = yield* makeRun(join(parent, "apart"), { seed: 4 })
        const file = join(folder, "registry.sqlite")
        yield* using(folder, ({ record }) => record(apart))
        const damages: ReadonlyArray<(database: DatabaseSync) => void> = [
          (database) => database.exec("DROP TABLE checkpoints"),
          (database) => database.exec("DROP TABLE courses; PRAGMA user_version = 4")
        ]
        for (const damage of damages) {
          const database = new DatabaseSync(file)
          damage(database)
          database.close()
          assert.strictEqual(yield* RegistryLayer.rebuild(folder), 3)
          assert.deepStrictEqual(seeds(yield* using(folder, ({ list }) => list())), [4, 3, 2, 1])
        }
        const texts = ["no database at all, and long enough to look like one", ""]
        for (const text of texts) {
          yield* fs.writeFileString(file, text)
          assert.strictEqual(yield* RegistryLayer.rebuild(folder), 3)
          assert.deepStrictEqual(seeds(yield* using(folder, ({ list }) => list())), [3, 2, 1])
        }
        const whole = yield* fs.readFile(file)
        // Pages of zeros after the first.
        yield* fs.writeFile(file, whole.fill(0, 4096))
        const refused = yield* messageOf(using(folder, ({ list }) => list()))
        assert.match(refused, /cannot be used: .*`anneal runs reindex`/)
        assert.strictEqual(yield* RegistryLayer.rebuild(folder), 3)
        assert.deepStrictEqual(seeds(yield* using(folder, ({ list }) => list())), [3, 2, 1])
      })
    )
  )

  it.effect("judges runs by the objective of their task: sorted, compared and kept", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const objective = { metric: "error", mode: "min" } as const
        for (const [i, error] of [0.3, 0.1, 0.2, undefined].entries()) {
          yield* makeRun(folder, {
            seed: i + 1,
            objective,
            metrics: error === undefined ? {} : { "best/val/error": error }
          })
        }
        yield* makeRun(folder, { seed: 5, experiment: "old", hmean: 0.9 })
        const { best, compared, kept, all } = yield* using(folder, (registry) =>
          Effect.all({
            all: registry.list({ sort: "objective" }),
            best: registry.list({ sort: "objective", limit: 2 }),
            compared: registry.compare(["20260101_000001_1", "20260101_000002_2"]),
            kept: registry.prunable({ statuses: ["done"], olderThanDays: undefined, keepBest: { count: 1 } })
          })
        )
        assert.deepStrictEqual(seeds(best), [2, 3])
        assert.deepStrictEqual(seeds(all), [2, 3, 1, 4, 5])
        assert.deepStrictEqual(best[0]?.objective, objective)
        assert.deepStrictEqual(compared.objective, objective)
        assert.deepStrictEqual(seeds(kept).sort(), [1, 3, 4, 5])
      })
    )
  )

  it.effect("reports where plans differ and puts metrics side by side", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        yield* threeRuns(folder)
        const compared = yield* using(folder, ({ compare }) =>
          compare(["20260101_000001_1", "20260101_000002_2"])
        )
        assert.deepStrictEqual(compared.plan, [
          { key: "model.k", values: ["a", "b"] },
          { key: "seed", values: [1, 2] }
        ])
        assert.deepStrictEqual(compared.metrics, [{ key: "val/hmean", values: [0.5, 0.9] }])
        const lines = TerminalRuns.compare(compared, 80).map((line) => Text.show(line, false))
        assert.match(lines.join("\n"), /model\.k +a +b/)
      })
    )
  )

  it.effect("reports a plan, metrics and a record that exist and cannot be read", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const said: Array<string> = []
        const listener = Logger.make(({ message }) => {
          said.push(String(message))
        })
        const first = yield* makeRun(folder, { seed: 1, plan: "a: [1,\n" })
        const second = yield* makeRun(folder, { seed: 2 })
        const both = [first, second]
        assert.include(
          yield* messageOf(using(folder, ({ compare }) => compare(both))),
          "plan.yaml: the run's plan cannot be read"
        )
        yield* fs.remove(join(first, "plan.yaml"))
        const { plan } = yield* using(folder, ({ compare }) => compare(both))
        assert.deepStrictEqual(plan, [{ key: "seed", values: [undefined, 2] }])
        for (const path of both) yield* fs.remove(join(path, "metrics.csv"))
        yield* fs.makeDirectory(join(second, "metrics.csv"))
        assert.deepStrictEqual((yield* using(folder, ({ show }) => show(first))).series, [])
        assert.include(
          yield* messageOf(using(folder, ({ show }) => show(second))),
          "metrics.csv: the run's metrics cannot be read"
        )
        yield* fs.writeFileString(join(second, "run.json"), "{")
        const listed = yield* using(folder, ({ reindex, list }) => Effect.andThen(reindex, list())).pipe(
          Effect.provide(Logger.layer([listener]))
        )
        assert.deepStrictEqual(seeds(listed), [1])
        assert.include(said.join("\n"), "run.json: it is not a run's record")
      })
    )
  )

  it.effect(
    "knows a run that is running from one that lost its process, and removes only what does not run",
    () =>
      inFolder((folder, fs) =>
        Effect.gen(function* () {
          const path = yield* makeRun(folder, { seed: 1 })
          const done = yield* makeRun(folder, { seed: 2 })
          const claim = { path, kind: "train" as const, seed: 1, command: ["anneal"], resume: true }
          yield* using(folder, (registry) =>
            Effect.gen(function* () {
              const during = Effect.gen(function* () {
                yield* registry.record(path)
                assert.strictEqual((yield* registry.find(path)).status, "running")
                const refused = yield* messageOf(registry.remove([done, path]))
                assert.include(refused, "is running. Stop it first")
              })
              yield* Effect.scoped(Effect.provide(during, RunDirectoryLayer.layer(claim), { local: true }))
              assert.isTrue(yield* fs.exists(done))
              const record = join(path, "run.json")
              const text = yield* fs.readFileString(record)
              yield* fs.writeFileString(record, text.replace('"done"', '"running"'))
              yield* registry.record(path)
              assert.strictEqual((yield* registry.find(path)).status, "crashed")
              yield* registry.remove([done, path])
              assert.isFalse(yield* fs.exists(path))
              assert.deepStrictEqual(yield* registry.list(), [])
            })
          )
        })
      )
  )

  it.effect("lets go what a rule lets go: never a running one, the best of an experiment, or a parent", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        yield* threeRuns(folder)
        yield* makeRun(folder, { seed: 4, hmean: 0.7 })
        const pruned = (rule: Partial<Parameters<Registry["Service"]["prunable"]>[0]>) =>
          using(folder, ({ prunable }) =>
            Effect.map(
              prunable({ statuses: ["done"], olderThanDays: undefined, keepBest: undefined, ...rule }),
              (runs) => seeds(runs).sort()
            )
          )
        assert.deepStrictEqual(yield* pruned({}), [1, 2, 4])
        assert.deepStrictEqual(yield* pruned({ statuses: ["failed", "crashed"] }), [3])
        assert.deepStrictEqual(
          yield* pruned({ keepBest: { by: { metric: "val/hmean", mode: "max" }, count: 2 } }),
          [1]
        )
        // These runs do not say what they are judged by, and have no best/val/hmean.
        assert.deepStrictEqual(yield* pruned({ keepBest: { count: 1 } }), [1, 2, 4])
        assert.deepStrictEqual(yield* pruned({ olderThanDays: 1 }), [])
        yield* TestClock.adjust("2 days")
        assert.deepStrictEqual(yield* pruned({ olderThanDays: 1 }), [1, 2, 4])
      })
    )
  )
})

describe("Registry, its layer", () => {
  it.effect("opens, and closes so that its folder can go", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* using(folder, ({ list }) => list())
        assert.deepStrictEqual(yield* fs.readDirectory(folder), ["registry.sqlite"])
      })
    )
  )

  it.effect("closes on failure", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* Effect.exit(using(folder, () => Effect.fail("no"))), Exit.fail("no"))
        assert.deepStrictEqual(yield* fs.readDirectory(folder), ["registry.sqlite"])
      })
    )
  )

  it.effect("closes on interruption", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const opened = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkChild(
          using(folder, () => Effect.andThen(Deferred.succeed(opened, undefined), Effect.never))
        )
        yield* Deferred.await(opened)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* fs.readDirectory(folder), ["registry.sqlite"])
      })
    )
  )
})
