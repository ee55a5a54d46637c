import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as RunDirectoryLayer from "../../src/layers/run/RunDirectory.ts"
import { RunDirectory } from "../../src/pipeline/run/RunDirectory.ts"
import type { Dataset } from "../../src/pipeline/task/Dataset.ts"
import * as DivergedBatch from "../../src/runs/DivergedBatch.ts"
import type { DetectionBatch } from "../../src/tasks/textDetection/data/Batch.ts"

const shape = [1, 2, 2, 1]

const batch = (seed: number): DetectionBatch => ({
  images: { data: Uint8Array.from({ length: 12 }, (_, i) => (i * seed) % 256), shape: [1, 2, 2, 3] },
  shrunk: { data: Uint8Array.of(0, 1, 0, 0), shape },
  mask: { data: Uint8Array.of(1, 1, 1, 0), shape },
  threshold: { data: Float32Array.of(0.1 * seed, Number.NaN, 0, -0), shape },
  border: { data: Uint8Array.of(0, 0, 1, 0), shape },
  positives: 1,
  negatives: 2,
  samples: [
    {
      name: "ä.jpg",
      width: 640,
      height: 480,
      regions: [
        {
          id: "0001",
          polygon: [
            [0, 0.5],
            [4, 0],
            [4, 4]
          ],
          ignore: false,
          transcription: "1 €"
        },
        {
          id: "0002",
          polygon: [
            [0, 0],
            [4, 0],
            [4, 4]
          ],
          ignore: true
        }
      ],
      toSample: [0.5, 0, 0, 0, 0.5, 1 / 3],
      contentWidth: 2,
      contentHeight: 2
    }
  ]
})

const dataset: Dataset<DetectionBatch> = {
  name: "train",
  samples: 9,
  length: 9,
  batch: (epoch, index) => Effect.succeed(batch(epoch * 9 + index))
}

const event = (input: unknown, checkpoint: string | undefined) =>
  ({
    _tag: "StepDiverged",
    epoch: 1,
    batch: 4,
    step: 14,
    loss: Number.NaN,
    gradientNorm: Number.POSITIVE_INFINITY,
    input,
    checkpoint
  }) as const

/** A run directory in which `input` diverged, and the checkpoint that was kept of it. */
const inRun = <A, E, R>(input: unknown, use: (checkpoint: string) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = `${yield* fs.makeTempDirectoryScoped({ prefix: "anneal-diverged-" })}/run`
    const facts = { kind: "train", seed: 1, command: [], overrides: [], versions: {} } as const
    const checkpoint = `${path}/checkpoints/diverged_step-000014`
    return yield* Effect.andThen(DivergedBatch.watch(event(input, checkpoint)), use(checkpoint)).pipe(
      Effect.provide(RunDirectoryLayer.layer({ ...facts, path, resume: false }))
    )
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

describe("DivergedBatch", () => {
  it.effect("shows the kept batch in its place, and the data set's own elsewhere", () =>
    inRun(batch(77), (checkpoint) =>
      Effect.gen(function* () {
        const { dataset: replayed, from } = yield* DivergedBatch.replay(dataset, checkpoint)
        assert.isTrue(from?.endsWith("/diverged/diverged_step-000014.safetensors"))
        assert.deepStrictEqual(yield* replayed.batch(1, 4), batch(77))
        assert.deepStrictEqual(yield* replayed.batch(0, 4), batch(4))
        assert.deepStrictEqual(yield* replayed.batch(1, 5), batch(14))
      })
    )
  )

  it.effect("records what came of it beside it", () =>
    inRun(batch(3), () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const { path } = yield* RunDirectory
        const record = JSON.parse(yield* fs.readFileString(`${path}/diverged/diverged_step-000014.json`))
        assert.deepInclude(record, { epoch: 1, batch: 4, step: 14, loss: "NaN", gradient_norm: "Infinity" })
      })
    )
  )

  it.effect("leaves the data alone where nothing diverged", () =>
    inRun(batch(3), (checkpoint) =>
      Effect.gen(function* () {
        for (const resume of [undefined, "last", checkpoint.replace("000014", "000015")]) {
          const replay = yield* DivergedBatch.replay(dataset, resume)
          assert.strictEqual(replay.dataset, dataset)
          assert.isUndefined(replay.from)
        }
      })
    )
  )

  it.effect("refuses a kept batch that was cut short, and says what to do", () =>
    inRun(batch(3), (checkpoint) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const { path } = yield* RunDirectory
        yield* fs.truncate(`${path}/diverged/diverged_step-000014.safetensors`, 100)
        const error = yield* Effect.flip(DivergedBatch.replay(dataset, checkpoint))
        assert.include(error.message, "the batch that diverged cannot be read")
        assert.include(error.message, "Remove the file")
      })
    )
  )
})
