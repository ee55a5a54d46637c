import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Schema, Stream } from "effect"
import { RunDirectory } from "../../../../src/pipeline/run/RunDirectory.ts"
import type { ClassificationPlan } from "../../../../src/tasks/imageClassification/ClassificationPlan.ts"
import type { ClassificationBatch } from "../../../../src/tasks/imageClassification/data/Batch.ts"
import { implementation } from "../../../../src/tasks/imageClassification/implementation.ts"
import { ClassificationPredictPlan } from "../../../../src/tasks/imageClassification/predict/PredictPlan.ts"
import { folderOf, idx, png, services } from "../Files.ts"
import * as Plans from "../Plans.ts"

/** What was written, by path. */
const recorded = () => {
  const written = new Map<string, string>()
  const layer = Layer.mock(RunDirectory, {
    path: "memory",
    id: "1",
    write: (path, content) => Effect.sync(() => void written.set(path, String(content)))
  })
  return { written, layer }
}

/** A net of certainties: the brighter a picture's red, the higher its class. */
const guess = (batch: ClassificationBatch, classes: number) => {
  const size = batch.images.data.length / batch.names.length
  const rows = batch.names.map((_, i) => {
    const red = Math.round((batch.images.data[i * size] ?? 0) * (classes - 1))
    return Array.from({ length: classes }, (_, c) => (c === red ? 0.75 : 0.25 / (classes - 1)))
  })
  return { probabilities: { data: Float32Array.from(rows.flat()), shape: [batch.names.length, classes] } }
}

const predicting = Effect.fnUntraced(function* (plan: ClassificationPlan, asked: object, strict = false) {
  const { predict, task } = implementation
  if (predict === undefined) return yield* Effect.die("it does not predict")
  const keys = Schema.decodeUnknownSync(ClassificationPredictPlan)(asked)
  const { inputs, write } = yield* predict(plan, keys, { strict })
  const { interpret } = task(plan)
  const outputs = Stream.range(0, inputs.length - 1).pipe(
    Stream.mapEffect((index) => inputs.batch(0, index)),
    Stream.map((batch) => interpret(guess(batch, batch.classes.length), batch))
  )
  const { written, layer } = recorded()
  const predicted = yield* write(outputs).pipe(Effect.provide(layer))
  return { predicted, written, inputs }
})

const raw = { mean: [0], std: [1] }

const scoped = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.scoped, Effect.provide(services))

const refusal = (plan: ClassificationPlan, asked: object, strict = false) =>
  Effect.map(Effect.flip(predicting(plan, asked, strict)), (error) => error.message)

const pictures = Effect.gen(function* () {
  return {
    "a.png": yield* png([255, 0, 0]),
    "deep/b, c.png": yield* png([0, 0, 0]),
    "notes.txt": "hello"
  }
})

describe("predict", () => {
  it.effect("writes the class of each picture, the most probable ones, and a table", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf(yield* pictures)
      const plan = Plans.folder("gone", { classes: ["dark", "middle", "bright"], ...raw })
      const { predicted, written } = yield* predicting(plan, { image_dir: folder, top_k: 2 })
      assert.deepStrictEqual(JSON.parse(written.get("predictions/predictions.json") ?? ""), {
        predictions: [
          {
            name: "a.png",
            class: "bright",
            probability: 0.75,
            top: [
              { class: "bright", probability: 0.75 },
              { class: "dark", probability: 0.125 }
            ]
          },
          {
            name: "deep/b, c.png",
            class: "dark",
            probability: 0.75,
            top: [
              { class: "dark", probability: 0.75 },
              { class: "middle", probability: 0.125 }
            ]
          }
        ]
      })
      assert.strictEqual(
        written.get("predictions/predictions.csv"),
        'name,class,probability\na.png,bright,0.75\n"deep/b, c.png",dark,0.75\n'
      )
      assert.strictEqual(predicted.summary, "2 pictures of 2 classes")
      assert.strictEqual(predicted.samples, 2)
      assert.deepStrictEqual(
        predicted.places.map(({ path }) => path),
        [...written.keys()]
      )
    }).pipe(scoped)
  )

  it.effect("predicts one picture, and an idx file, gzipped or not", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({
        ...(yield* pictures),
        "t10k-images-idx3-ubyte": idx([2, 4, 4], new Uint8Array(32).fill(255, 0, 16)),
        "some.gz": gzipSync(idx([1, 4, 4], new Uint8Array(16)))
      })
      const plan = Plans.digits("gone", raw)
      const guesses = Effect.fnUntraced(function* (name: string) {
        const { written } = yield* predicting(plan, { image_dir: `${folder}/${name}` })
        return written.get("predictions/predictions.csv")?.trim().split("\n").slice(1)
      })
      // Red is a dark grey.
      assert.deepStrictEqual(yield* guesses("a.png"), ["a.png,1,0.75"])
      assert.deepStrictEqual(yield* guesses("t10k-images-idx3-ubyte"), ["t10k-0,2,0.75", "t10k-1,0,0.75"])
      assert.deepStrictEqual(yield* guesses("some.gz"), ["some.gz-0,0,0.75"])
    }).pipe(scoped)
  )

  it.effect("finds the names of the classes where the net was trained, or takes those that are given", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ "red/1.png": yield* png([255, 0, 0]), "blue/1.png": "not read" })
      const fs = yield* FileSystem.FileSystem
      const plan = Plans.folder(folder, raw)
      const image_dir = `${folder}/red`
      const classOf = Effect.fnUntraced(function* (asked: object) {
        const { written } = yield* predicting(plan, { image_dir, ...asked })
        return written.get("predictions/predictions.csv")?.split("\n")[1]
      })
      assert.strictEqual(yield* classOf({}), "1.png,red,0.75")
      assert.strictEqual(yield* classOf({ class_names: ["sky", "rose"] }), "1.png,rose,0.75")
      assert.match(
        yield* refusal(plan, { image_dir, class_names: ["rose"] }),
        /^class_names=\[rose\]: the net has 2 classes, not 1\. /
      )
      yield* fs.remove(`${folder}/blue`, { recursive: true })
      assert.match(
        yield* refusal(plan, { image_dir }),
        /^class_names=null: the data that the net was trained on no longer says .+ Name the 2 classes/
      )
    }).pipe(scoped)
  )

  it.effect("leaves out what cannot be read and lists it, or fails where it is strict", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ ...(yield* pictures), "z.jpg": "no", "b.bmp": "BM" })
      const plan = Plans.folder("gone", { classes: ["dark", "bright"], ...raw })
      const { predicted } = yield* predicting(plan, { image_dir: folder })
      assert.strictEqual(predicted.samples, 2)
      assert.deepStrictEqual(
        predicted.skipped.map(({ where, problem }) => [where.slice(folder.length), problem]),
        [
          ["/b.bmp", "its format is not supported"],
          ["/z.jpg", "it is not a picture in a supported format"]
        ]
      )
      assert.match(yield* refusal(plan, { image_dir: folder }, true), /b\.bmp: its format is not supported/)
    }).pipe(scoped)
  )

  it.effect("leaves out a picture whose end is missing, which only decoding finds", () =>
    Effect.gen(function* () {
      const whole = yield* png([255, 0, 0], 32, 32)
      const folder = yield* folderOf({ ...(yield* pictures), "c.png": whole.subarray(0, whole.length - 20) })
      const plan = Plans.folder("gone", { classes: ["dark", "bright"], ...raw })
      const { predicted, written } = yield* predicting(plan, { image_dir: folder })
      assert.strictEqual(predicted.samples, 2)
      assert.match(predicted.skipped.map(({ message }) => message).join(), /c\.png: the picture is corrupt/)
      assert.notInclude(written.get("predictions/predictions.csv") ?? "", "\nc.png")
      assert.match(yield* refusal(plan, { image_dir: folder }, true), /c\.png: the picture is corrupt/)
    }).pipe(scoped)
  )

  it.effect("refuses a path where nothing is, and a folder without pictures", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ "notes.txt": "hello" })
      const plan = Plans.folder("gone", { classes: ["dark", "bright"] })
      assert.match(
        yield* refusal(plan, { image_dir: folder }),
        /there is no picture in it .+ image_dir=<path>/
      )
      assert.match(
        yield* refusal(plan, { image_dir: `${folder}/no` }),
        /no: no such file or folder\. Name a picture/
      )
      assert.match(
        yield* refusal(plan, { image_dir: `${folder}/notes.txt` }),
        /notes\.txt: it is not a picture/
      )
    }).pipe(scoped)
  )
})
