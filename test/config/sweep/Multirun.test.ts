import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Config from "../../../src/config/Config.ts"
import * as Multirun from "../../../src/config/sweep/Multirun.ts"
import * as memory from "../memory.ts"

const runtime = { cwd: "/w", now: new Date(2025, 0, 2, 3, 4, 5), env: {}, jobName: "train" }

const files = {
  "/w/conf/config.yaml": "defaults:\n  - db: mysql\n  - _self_\nlr: 0.1\nseed: 0\n",
  "/w/conf/db/mysql.yaml": "driver: mysql\n",
  "/w/conf/db/sqlite.yaml": "driver: sqlite\n"
}

const plan = (overrides: ReadonlyArray<string>, more: Readonly<Record<string, string>> = {}) =>
  Multirun.plan({ searchPath: ["conf"], configName: "config", overrides, runtime }).pipe(
    Effect.provide(memory.layer({ ...files, ...more }))
  )

const jobsOf = ({ batches }: Multirun.Multirun) => batches.flat().map(({ overrides }) => overrides.join(" "))

describe("Multirun.plan", () => {
  it.effect("combines the sweeps, the last one fastest, each job in a folder of its own", () =>
    Effect.gen(function* () {
      const multirun = yield* plan(["db=mysql,sqlite", "lr=0.1,0.2", "seed=7"])
      assert.deepStrictEqual(jobsOf(multirun), [
        "db=mysql lr=0.1 seed=7",
        "db=mysql lr=0.2 seed=7",
        "db=sqlite lr=0.1 seed=7",
        "db=sqlite lr=0.2 seed=7"
      ])
      assert.strictEqual(multirun.folder, "/w/multirun/2025-01-02/03-04-05")
      assert.deepStrictEqual(
        multirun.batches.flat().map(({ started }) => started.folder),
        ["0", "1", "2", "3"].map((name) => `/w/multirun/2025-01-02/03-04-05/${name}`)
      )
      const last = multirun.batches.flat()[3]
      assert.deepStrictEqual(last === undefined ? undefined : Config.toPlain(last.started.composed), {
        db: { driver: "sqlite" },
        lr: 0.2,
        seed: 7
      })
    })
  )

  it.effect("numbers the jobs, and names folders after what makes them differ", () =>
    Effect.gen(function* () {
      const subdir = "hydra.sweep.subdir='${hydra.job.num}_${hydra.job.override_dirname}'"
      const { batches } = yield* plan(["lr=0.1,0.2", "hydra.sweep.dir=out", subdir])
      assert.deepStrictEqual(
        batches.flat().map(({ started }) => started.folder),
        ["/w/out/0_lr=0.1", "/w/out/1_lr=0.2"]
      )
      const [job] = batches.flat()
      assert.include(job?.started.files[".hydra/hydra.yaml"], "    id: '0'\n    num: 0\n")
      assert.include(job?.started.files[".hydra/hydra.yaml"], "  mode: MULTIRUN\n")
      assert.strictEqual(job?.started.files[".hydra/overrides.yaml"], "- lr=0.1\n")
    })
  )

  it.effect("knows ranges, choices and globs", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(jobsOf(yield* plan(["seed=range(1,4)"])), ["seed=1", "seed=2", "seed=3"])
      assert.deepStrictEqual(jobsOf(yield* plan(["db=glob(*)"])), ["db=mysql", "db=sqlite"])
      assert.deepStrictEqual(jobsOf(yield* plan(["seed=choice(3,1)"])), ["seed=3", "seed=1"])
    })
  )

  it.effect("takes sweeps from the configuration, which the command line overrides", () =>
    Effect.gen(function* () {
      const text = `${files["/w/conf/config.yaml"]}hydra: {sweeper: {params: {lr: "1,2", seed: 5}}}\n`
      const more = { "/w/conf/config.yaml": text }
      assert.deepStrictEqual(jobsOf(yield* plan([], more)), ["lr=1 seed=5", "lr=2 seed=5"])
      assert.deepStrictEqual(jobsOf(yield* plan(["lr=3"], more)), ["lr=3 seed=5"])
    })
  )

  it.effect("splits into batches", () =>
    Effect.gen(function* () {
      const { batches } = yield* plan(["seed=1,2,3", "hydra.sweeper.max_batch_size=2"])
      assert.deepStrictEqual(
        batches.map((batch) => batch.map(({ index }) => index)),
        [[0, 1], [2]]
      )
    })
  )

  it.effect("is one job without a sweep", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(jobsOf(yield* plan(["seed=1"])), ["seed=1"])
    })
  )

  it.effect("fails before any job runs, where one does not compose", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(plan(["db=mysql,postgres"]))
      assert.strictEqual(error._tag, "ConfigNotFound")
      assert.include(error.message, "db/postgres")
    })
  )

  it.effect("refuses to sweep the run's own configuration", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(plan(["hydra.job.name=a,b"]))
      assert.strictEqual(error._tag, "OverrideRefused")
      assert.include(error.message, "hydra.job.name=a,b")
    })
  )

  it.effect("refuses intervals, which a plain sweep cannot enumerate", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(plan(["lr=interval(0,1)"]))
      assert.include(error.message, "lr=interval(0,1)")
    })
  )
})

describe("Multirun.serial", () => {
  it.effect("runs one job after the other, and goes on after one that fails", () =>
    Effect.gen(function* () {
      const { batches } = yield* plan(["seed=1,2,3"])
      const events: Array<string> = []
      const outcomes = yield* Multirun.serial.launch(batches.flat(), ({ index }) =>
        Effect.gen(function* () {
          events.push(`begin ${index}`)
          yield* Effect.yieldNow
          events.push(`end ${index}`)
          return index === 1 ? yield* Effect.fail("no") : index
        })
      )
      assert.deepStrictEqual(events, ["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"])
      assert.deepStrictEqual(
        outcomes.map(({ exit }) => Exit.isSuccess(exit)),
        [true, false, true]
      )
    })
  )
})
