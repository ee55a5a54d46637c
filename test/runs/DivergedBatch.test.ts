import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as RunDirectoryLayer from "../../src/layers/run/RunDirectory.ts"
import type { HostTensor } from "../../src/pipeline/nn/HostTensor.ts"
import { Progress } from "../../src/pipeline/run/Progress.ts"
import { RunDirectory } from "../../src/pipeline/run/RunDirectory.ts"
import type { Dataset } from "../../src/pipeline/task/Dataset.ts"
import * as DivergedBatch from "../../src/runs/DivergedBatch.ts"

interface Batch {
  readonly images: HostTensor
  readonly targets: HostTensor
  readonly labels: HostTensor
  readonly names: ReadonlyArray<string>
  readonly weight: number
  readonly about: unknown
}

const Tensor = Schema.Struct({
  data: Schema.Union([
    Schema.instanceOf(Float32Array),
    Schema.instanceOf(Int32Array),
    Schema.instanceOf(Uint8Array)
  ]),
  shape: Schema.Array(Schema.Int)
})

const BatchSchema: Schema.Codec<Batch, unknown> = Schema.Struct({
  images: Tensor,
  targets: Tensor,
  labels: Tensor,
  names: Schema.Array(Schema.String),
  weight: Schema.Finite,
  about: Schema.Unknown
})

const batch = (seed: number): Batch => ({
  images: { data: Uint8Array.from({ length: 12 }, (_, i) => (i * seed) % 256), shape: [1, 2, 2, 3] },
  targets: { data: Float32Array.of(0.1 * seed, Number.NaN, 0, -0), shape: [1, 4] },
  labels: { data: Int32Array.of(-seed), shape: [1] },
  names: ["ä.jpg"],
  weight: 1 / 3,
  about: { regions: [{ polygon: [[0, 0.5]], text: "1 €", ignore: null }] }
})

const dataset: Dataset<Batch> = {
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

interface Kept {
  /** The checkpoint that was kept of the divergence. */
  readonly checkpoint: string
  readonly warnings: ReadonlyArray<string>
}

/** A run directory in which `input` diverged. */
const inRun = <A, E, R>(
  input: unknown,
  use: (kept: Kept) => Effect.Effect<A, E, R>,
  schema: { readonly batch?: Schema.Codec<Batch, unknown> } = { batch: BatchSchema }
) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = `${yield* fs.makeTempDirectoryScoped({ prefix: "anneal-diverged-" })}/run`
    const facts = { kind: "train", seed: 1, command: [], overrides: [], versions: {} } as const
    const checkpoint = `${path}/checkpoints/diverged_step-000014`
    const warnings: Array<string> = []
    const progress = Layer.mock(Progress, { warn: (line) => Effect.sync(() => void warnings.push(line)) })
    return yield* DivergedBatch.watch(schema.batch)(event(input, checkpoint)).pipe(
      Effect.andThen(use({ checkpoint, warnings })),
      Effect.provide([RunDirectoryLayer.layer({ ...facts, path, resume: false }), progress])
    )
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

const isKept = (checkpoint: string) =>
  Effect.map(DivergedBatch.replay(dataset, BatchSchema, checkpoint), ({ from }) => from !== undefined)

describe("DivergedBatch", () => {
  it.effect("shows the kept batch in its place, and the data set's own elsewhere", () =>
    inRun(batch(77), ({ checkpoint }) =>
      Effect.gen(function* () {
        const { dataset: replayed, from } = yield* DivergedBatch.replay(dataset, BatchSchema, checkpoint)
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
    inRun(batch(3), ({ checkpoint }) =>
      Effect.gen(function* () {
        for (const resume of [undefined, "last", checkpoint.replace("000014", "000015")]) {
          const replay = yield* DivergedBatch.replay(dataset, BatchSchema, resume)
          assert.strictEqual(replay.dataset, dataset)
          assert.isUndefined(replay.from)
        }
      })
    )
  )

  it.effect("keeps none of a task that says nothing of its batches, or something else", () =>
    Effect.gen(function* () {
      const none = yield* inRun(batch(3), ({ checkpoint }) => isKept(checkpoint), {})
      const other = yield* inRun({ ...batch(3), names: 1 }, ({ checkpoint }) => isKept(checkpoint))
      assert.deepStrictEqual([none, other], [false, false])
    })
  )

  it.effect("keeps none that JSON cannot hold, and a warning says so", () =>
    inRun({ ...batch(3), about: { now: new Date(0) } }, ({ checkpoint, warnings }) =>
      Effect.gen(function* () {
        assert.isFalse(yield* isKept(checkpoint))
        assert.match(warnings.join("\n"), /^the batch that diverged is not kept: .*about/s)
      })
    )
  )

  it.effect("refuses a kept batch that was cut short, and says what to do", () =>
    inRun(batch(3), ({ checkpoint }) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const { path } = yield* RunDirectory
        yield* fs.truncate(`${path}/diverged/diverged_step-000014.safetensors`, 100)
        const error = yield* Effect.flip(DivergedBatch.replay(dataset, BatchSchema, checkpoint))
        assert.include(error.message, "the batch that diverged cannot be read")
        assert.include(error.message, "Remove the file")
      })
    )
  )
})
