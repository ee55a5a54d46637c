import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { TestClock } from "effect/testing"
import * as RunCourse from "../../../src/layers/registry/RunCourse.ts"

interface Place {
  readonly fs: FileSystem.FileSystem
  readonly file: string
  /** Reads with what was kept, checks that a reading from the beginning says the same, and keeps that. */
  readonly look: (resumes?: number) => Effect.Effect<ReadonlyArray<RunCourse.Course>, unknown>
}

const inRun = <A, E>(body: (place: Place) => Effect.Effect<A, E>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* fs.makeTempDirectoryScoped({ prefix: "anneal-course-" })
      let kept: string | undefined
      const look = (resumes = 0) =>
        Effect.gen(function* () {
          const read = yield* RunCourse.read(fs, { path, resumes }, kept)
          kept = read.keep ?? kept
          const anew = yield* RunCourse.read(fs, { path, resumes }, undefined)
          assert.deepStrictEqual(read.courses, anew.courses)
          return read.courses
        })
      return yield* body({ fs, file: join(path, "metrics.csv"), look })
    })
  ).pipe(Effect.provide(NodeFileSystem.layer))

const header = "step,train/loss,val/hmean\n"
const rows = (from: number, to: number, of: (step: number) => string) =>
  Array.from({ length: to - from }, (_, i) => `${from + i},${of(from + i)}\n`).join("")

describe("RunCourse", () => {
  it.effect("is every value where they are few, and none where nothing was logged", () =>
    inRun(({ fs, file, look }) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* look(), [])
        yield* fs.writeFileString(file, `${header}1,3,\n2,NaN,0.25\n3,1,0.5\n`)
        const [loss, hmean] = yield* look()
        assert.deepStrictEqual(loss, { name: "train/loss", last: 1, values: [3, 1] })
        assert.deepStrictEqual(hmean, { name: "val/hmean", last: 0.5, values: [0.25, 0.5] })
      })
    )
  )

  it.effect("goes on with what is added, and with the last row as it changes", () =>
    inRun(({ fs, file, look }) =>
      Effect.gen(function* () {
        yield* fs.writeFileString(file, header + rows(1, 400, (step) => `${1 / step},`))
        yield* look()
        // The same row, with a value that came later; then half a row, as a crash leaves it.
        yield* fs.writeFileString(
          file,
          header + rows(1, 400, (step) => `${1 / step},${step === 399 ? 0.5 : ""}`)
        )
        assert.strictEqual((yield* look())[1]?.last, 0.5)
        const more = rows(400, 2000, (step) => `${1 / step},`)
        yield* fs.writeFileString(file, more, { flag: "a" })
        yield* look()
        yield* fs.writeFileString(file, "2000,0.12", { flag: "a" })
        assert.strictEqual((yield* look())[0]?.last, 1 / 1999)
      })
    )
  )

  it.effect("notices that a resume cut the file, and that it grew again with other rows", () =>
    inRun(({ fs, file, look }) =>
      Effect.gen(function* () {
        const begun = header + rows(1, 300, () => "1,")
        yield* fs.writeFileString(file, begun + rows(300, 600, () => "1,"))
        yield* look()
        yield* fs.truncate(file, begun.length)
        assert.strictEqual((yield* look(1))[0]?.values.length, 150)
        yield* fs.writeFileString(file, rows(300, 450, () => "5,") + rows(450, 700, () => "1,"), {
          flag: "a"
        })
        assert.isAbove(Math.max(...((yield* look(1))[0]?.values ?? [])), 1)
        // As long as it was, and the same at its end.
        yield* fs.truncate(file, begun.length)
        yield* fs.writeFileString(file, rows(300, 450, () => "9,") + rows(450, 700, () => "1,"), {
          flag: "a"
        })
        assert.isAbove(Math.max(...((yield* look(2))[0]?.values ?? [])), 5)
      })
    )
  )

  it.effect("is read anew where a column came in", () =>
    inRun(({ fs, file, look }) =>
      Effect.gen(function* () {
        yield* fs.writeFileString(file, header + rows(1, 100, () => "1,"))
        yield* look()
        yield* fs.writeFileString(
          `${file}.tmp`,
          `step,train/loss,val/hmean,new\n${rows(1, 120, () => "1,,2")}`
        )
        yield* fs.rename(`${file}.tmp`, file)
        assert.deepStrictEqual(
          (yield* look()).map(({ name, values }) => [name, values.length]),
          [
            ["train/loss", 119],
            ["val/hmean", 0],
            ["new", 119]
          ]
        )
      })
    )
  )

  it.effect("stays small however long the run is, and is true to it", () =>
    inRun(({ fs, file, look }) =>
      Effect.gen(function* () {
        const count = 200_000
        yield* fs.writeFileString(file, header + rows(0, count, (step) => `${step},`))
        const [loss] = yield* look()
        const values = loss?.values ?? []
        assert.isAtMost(values.length, 256)
        assert.isAbove(values.length, 127)
        const each = (values[1] ?? 0) - (values[0] ?? 0)
        assert.strictEqual(values[0], (each - 1) / 2)
        assert.strictEqual(loss?.last, count - 1)
      })
    )
  )

  it.effect("does not open a file again that rests as it was read", () =>
    inRun(({ fs, file }) =>
      Effect.gen(function* () {
        const run = { path: join(file, ".."), resumes: 0 }
        yield* fs.writeFileString(file, `${header}1,3,\n2,2,\n`)
        yield* fs.utimes(file, 10, 10)
        yield* TestClock.setTime(10_500)
        const hasty = yield* RunCourse.read(fs, run, undefined)
        yield* TestClock.setTime(20_000)
        const kept = yield* RunCourse.read(fs, run, hasty.keep)
        assert.isDefined(kept.keep, "written while it was read, it may have changed since")
        const closed = { ...fs, open: () => Effect.die("opened") }
        const again = yield* RunCourse.read(closed, run, kept.keep)
        assert.deepStrictEqual(again, { courses: kept.courses, keep: undefined })
      })
    )
  )
})
