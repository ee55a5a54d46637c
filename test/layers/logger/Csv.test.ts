import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as CsvTable from "../../../src/layers/logger/sink/CsvTable.ts"
import type { RunLogger } from "../../../src/pipeline/run/RunLogger.ts"
import * as FaultyFileSystem from "../FaultyFileSystem.ts"
import { inFolder, logging } from "./runs.ts"

const csv = { csv: true }
const textOf = (fs: FileSystem.FileSystem, folder: string) => fs.readFileString(join(folder, "metrics.csv"))

describe("CsvTable", () => {
  it("reads back names and numbers that it wrote, odd ones too", () => {
    const columns = ["train/loss", 'a "quoted", name', "b"]
    assert.deepStrictEqual(CsvTable.parseHeader(CsvTable.header(columns).trimEnd()), columns)
    const values = { "train/loss": 0.1 + 0.2, b: Number.NEGATIVE_INFINITY }
    const line = CsvTable.line(columns, { step: 3, values }).trimEnd()
    assert.strictEqual(line, "3,0.30000000000000004,,-Infinity")
    assert.deepStrictEqual(CsvTable.parseLine(columns, line), { step: 3, values })
    assert.isNaN(CsvTable.parseLine(["x"], "1,NaN").values["x"])
  })

  it("goes on with the column of a metric under the name that it had in earlier versions", () => {
    const kept = CsvTable.resume("step,images_per_second,epoch\n1,20,0\n2,30,0\n", 2)
    assert.deepStrictEqual(kept?.table.columns, ["samples_per_second", "epoch"])
    assert.deepStrictEqual(kept?.table.row, { step: 2, values: { samples_per_second: 30, epoch: 0 } })
  })

  it("joins values of one step in one row", () => {
    const one = CsvTable.add(CsvTable.empty, 1, { a: 1 })
    const two = CsvTable.add(one.table, 1, { b: 2, a: 3 })
    assert.strictEqual(two.complete, undefined)
    const three = CsvTable.add(two.table, 2, { a: 4 })
    assert.strictEqual(
      CsvTable.line(three.table.columns, three.complete ?? { step: 0, values: {} }),
      "1,3,2\n"
    )
  })
})

describe("Csv", () => {
  it.effect("writes one row a step, joining what is logged for it, under the union of the columns", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* logging(folder, csv, (logger) =>
          Effect.gen(function* () {
            yield* logger.scalars(1, { "train/loss": 2.5, lr: 1e-3 })
            yield* logger.flush
            assert.strictEqual(yield* textOf(fs, folder), "step,train/loss,lr\n1,2.5,0.001\n")
            yield* logger.scalars(2, { "train/loss": 1 })
            yield* logger.flush
            yield* logger.scalars(2, { "val/hmean": 0.5 })
            yield* logger.flush
            yield* logger.scalars(3, { "train/loss": Number.NaN, "val/hmean": 0.75 })
          })
        )
        assert.strictEqual(
          yield* textOf(fs, folder),
          "step,train/loss,lr,val/hmean\n1,2.5,0.001,\n2,1,,0.5\n3,NaN,,0.75\n"
        )
        assert.deepStrictEqual(yield* fs.readDirectory(folder), ["metrics.csv"])
      })
    )
  )

  it.effect("writes the same file whether it gets values one by one or many at once", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const log = (flush: boolean, name: string) =>
          logging(join(folder, name), csv, (logger) =>
            Effect.gen(function* () {
              for (let step = 1; step <= 30; step++) {
                yield* logger.scalars(step, { a: step / 7, ...(step % 10 === 0 ? { [`b${step}`]: 1 } : {}) })
                if (step % 3 === 0) yield* logger.scalars(step, { a: 0 })
                if (flush) yield* logger.flush
              }
            })
          )
        yield* log(true, "one")
        yield* log(false, "many")
        const one = yield* textOf(fs, join(folder, "one"))
        assert.strictEqual(one, yield* textOf(fs, join(folder, "many")))
        assert.strictEqual(one.split("\n").length, 32)
        assert.isTrue(
          one
            .trimEnd()
            .split("\n")
            .every((line) => line.split(",").length === 5)
        )
      })
    )
  )

  it.effect("goes on after a resume without a step twice, from a file that a crash cut", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const steps = (from: number, to: number, resumedFrom?: number) =>
          logging(
            folder,
            csv,
            (logger) =>
              Effect.forEach(
                Array.from({ length: to - from + 1 }, (_, i) => from + i),
                (step) => logger.scalars(step, { loss: 1 / step, ...(step === 4 ? { val: 9 } : {}) })
              ),
            resumedFrom === undefined ? {} : { resumedFrom }
          )
        yield* steps(1, 10)
        const whole = yield* textOf(fs, folder)
        yield* fs.writeFileString(join(folder, "metrics.csv"), `${whole}11,0.0909`)
        yield* steps(7, 10, 6)
        assert.strictEqual(yield* textOf(fs, folder), whole)
        yield* steps(11, 10, 10)
        assert.strictEqual(yield* textOf(fs, folder), whole)
        yield* steps(1, 10)
        assert.strictEqual(yield* textOf(fs, folder), whole, "a run that is not resumed begins anew")
      })
    )
  )

  it.effect("joins the row of the step that it resumed from", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* logging(folder, csv, (logger) =>
          Effect.andThen(logger.scalars(1, { a: 1 }), logger.scalars(2, { a: 2 }))
        )
        yield* logging(folder, csv, (logger) => logger.scalars(2, { b: 3 }), { resumedFrom: 2 })
        assert.strictEqual(yield* textOf(fs, folder), "step,a,b\n1,1,\n2,2,3\n")
      })
    )
  )

  it.effect("resumes from the step in the record of a reopened run directory by default", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const row = (step: number) => (logger: RunLogger["Service"]) => logger.scalars(step, { a: step })
        yield* logging(folder, csv, (logger) => Effect.forEach([1, 2, 3], (step) => row(step)(logger)))
        const facts = { steps: 2, resumes: [{ at: "2026-01-02T04:00:00.000Z", command: [] }] }
        yield* logging(folder, csv, row(4), { facts })
        assert.strictEqual(yield* textOf(fs, folder), "step,a\n1,1\n2,2\n4,4\n")
      })
    )
  )

  it.effect("leaves a file that reads whole rows of whole columns after a death at any call", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const log = (file: FileSystem.FileSystem) =>
          logging(
            folder,
            csv,
            (logger) =>
              Effect.forEach([1, 2, 3, 4], (step) =>
                Effect.andThen(
                  logger.scalars(step, step === 3 ? { a: step, b: step } : { a: step }),
                  logger.flush
                )
              ),
            { fs: file }
          )
        const sound = FaultyFileSystem.make(fs, "EIO", 0)
        const seen = new Set<number>()
        yield* log(sound.fs)
        for (let at = 1; at <= sound.calls.length; at++) {
          yield* fs.remove(join(folder, "metrics.csv"), { force: true })
          const faulty = FaultyFileSystem.make(fs, "within", at)
          yield* Effect.exit(log(faulty.fs))
          const text = (yield* fs.exists(join(folder, "metrics.csv"))) ? yield* textOf(fs, folder) : ""
          const kept = CsvTable.resume(text, 4)
          assert.isTrue(text === "" || kept !== undefined, `call ${at}`)
          const whole = text.slice(0, text.lastIndexOf("\n") + 1)
          const rows = whole.split("\n").slice(1, -1)
          assert.deepStrictEqual(
            rows.map((row) => row.split(",")[0]),
            ["1", "2", "3", "4"].slice(0, rows.length),
            `call ${at}: ${text}`
          )
          seen.add(rows.length)
        }
        assert.deepStrictEqual([...seen].sort(), [0, 1, 2, 3])
      })
    )
  )
})
