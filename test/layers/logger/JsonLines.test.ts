import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { inFolder, logging } from "./runs.ts"

describe("JsonLines", () => {
  it.effect("writes every entry as one line, numbers that JSON lacks by name, pictures without pixels", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(1000)
        yield* logging(folder, { jsonl: true }, (logger) =>
          Effect.gen(function* () {
            yield* logger.hyperparameters({ seed: 42 })
            yield* logger.scalars(1, { loss: 0.1, bad: Number.NaN })
            yield* logger.text(1, "note", "two\nlines")
            yield* logger.image(1, "val/0", { rgb: new Uint8Array(12), width: 2, height: 2, caption: "c" })
            yield* logger.artifact("last", "/x/last", ["last"])
            yield* logger.finish("done", { "val/hmean": 0.5 })
          })
        )
        const lines = (yield* fs.readFileString(join(folder, "metrics.jsonl"))).trimEnd().split("\n")
        assert.deepStrictEqual(
          lines.map((line): unknown => JSON.parse(line)),
          [
            { _tag: "Hyperparameters", time: 1000, plan: { seed: 42 } },
            { _tag: "Scalars", time: 1000, step: 1, values: { loss: 0.1, bad: "NaN" } },
            { _tag: "Text", time: 1000, step: 1, name: "note", text: "two\nlines" },
            {
              _tag: "Image",
              time: 1000,
              step: 1,
              name: "val/0",
              image: { width: 2, height: 2, caption: "c" }
            },
            { _tag: "Artifact", time: 1000, name: "last", path: "/x/last", aliases: ["last"] },
            { _tag: "Finish", time: 1000, status: "done", summary: { "val/hmean": 0.5 } }
          ]
        )
      })
    )
  )

  it.effect("goes on after a resume without a step twice, from a file that a crash cut", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const path = join(folder, "metrics.jsonl")
        const steps = (given: ReadonlyArray<number>, resumedFrom?: number) =>
          logging(
            folder,
            { jsonl: true },
            (logger) => Effect.forEach(given, (step) => logger.scalars(step, { a: step })),
            resumedFrom === undefined ? {} : { resumedFrom }
          )
        yield* steps([1, 2, 3])
        yield* fs.writeFileString(path, `${yield* fs.readFileString(path)}{"_tag":"Sca`)
        yield* steps([3, 4], 2)
        const found = [...(yield* fs.readFileString(path)).matchAll(/"step":(\d)/g)].map(([, step]) => step)
        assert.deepStrictEqual(found, ["1", "2", "3", "4"])
      })
    )
  )

  it.effect("has an entry once that was logged after the checkpoint at its step and is logged again", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const path = join(folder, "metrics.jsonl")
        const validated = { "val/mse": 0.5 }
        yield* logging(folder, { jsonl: true }, (logger) =>
          Effect.andThen(logger.scalars(2, { "train/loss": 1 }), logger.scalars(2, validated))
        )
        yield* logging(
          folder,
          { jsonl: true },
          (logger) =>
            Effect.forEach([validated, validated, { "val/mse": 0.25 }], (values) =>
              logger.scalars(2, values)
            ),
          { resumedFrom: 2 }
        )
        const values = [...(yield* fs.readFileString(path)).matchAll(/"values":({.*?})/g)].map(
          ([, found]) => found
        )
        assert.deepStrictEqual(values, [
          '{"train/loss":1}',
          '{"val/mse":0.5}',
          '{"val/mse":0.5}',
          '{"val/mse":0.25}'
        ])
      })
    )
  )
})
