import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import * as Crc32c from "../../../../src/layers/logger/tensorboard/Crc32c.ts"
import * as Event from "../../../../src/layers/logger/tensorboard/TensorBoardEvent.ts"
import * as Histogram from "../../../../src/pipeline/run/Histogram.ts"
import type { Image } from "../../../../src/pipeline/run/RunLogger.ts"
import * as python from "../../python.ts"
import { inFolder, logging } from "../runs.ts"

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")

describe("TensorBoardEvent", () => {
  it("computes CRC-32C and its mask", () => {
    const bytes = new TextEncoder().encode("123456789")
    assert.strictEqual(Crc32c.crc32c(bytes), 0xe3069283)
    assert.strictEqual(Crc32c.masked(bytes), 0xc78ab0e5)
  })

  it("writes the known bytes of a version and of a scalar", () => {
    assert.strictEqual(
      hex(Event.version(1)),
      "1800000000000000a37f4b2209000000000000f03f1a0d627261696e2e4576656e743a3286bf577a"
    )
    const encode = Event.scalarEncoder()
    const expected = "1a00000000000000129bd82d09000000000000004010032a0d0a0b0a046c6f7373150000003fbac36b94"
    assert.strictEqual(hex(encode(2, 3, { loss: 0.5 })), expected)
    assert.strictEqual(hex(encode(2, 3, { loss: 0.5 })), expected, "and again with the tag remembered")
  })
})

describe("Histogram", () => {
  it("counts every finite value once, in bins from the least to the greatest", () => {
    const values = Float32Array.of(0, 1, 1, 2, Number.NaN, 4, Number.POSITIVE_INFINITY)
    const histogram = Histogram.of(values, 4)
    assert.deepStrictEqual([...histogram.edges], [0, 1, 2, 3, 4])
    assert.deepStrictEqual([...histogram.counts], [1, 2, 1, 1])
    assert.deepStrictEqual(
      [histogram.min, histogram.max, histogram.count, histogram.sum, histogram.sumOfSquares],
      [0, 4, 5, 8, 22]
    )
  })

  it("has a place for values that are all the same, and for none", () => {
    assert.strictEqual(Histogram.of([3, 3]).counts[0], 2)
    assert.strictEqual(Histogram.of([]).count, 0)
  })
})

const image: Image = {
  width: 5,
  height: 3,
  rgb: Uint8Array.from({ length: 45 }, (_, i) => (i * 37) % 256)
}

const log = (folder: string) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(1_700_000_000_500)
    yield* logging(folder, { tensorboard: true }, (logger) =>
      Effect.gen(function* () {
        yield* logger.hyperparameters({ seed: 42, model: { name: "db", fpn: true }, list: [1, 2] })
        for (let step = 1; step <= 5; step++) {
          yield* logger.scalars(step, { "train/loss": 1 / step, lr: step === 3 ? Number.NaN : 1e-3 })
        }
        yield* logger.image(5, "val/worst", image)
        yield* logger.histogram(5, "weights", Histogram.of(Float32Array.of(0, 1, 1, 2, 4), 4))
        yield* logger.text(5, "note", "zwei Wörter")
        yield* logger.table(5, "cases", {
          columns: ["name", "recall"],
          rows: [
            ["a|b", 0.5],
            ["c", null]
          ]
        })
        yield* logger.scalars(5, { "val/hmean": 0.75 })
        yield* logger.finish("done", { "val/hmean": 0.75 })
      })
    )
  })

const eventFiles = (fs: FileSystem.FileSystem, folder: string) =>
  Effect.map(fs.readDirectory(join(folder, "logs")), (names) =>
    names.filter((name) => name.startsWith("events.out.tfevents."))
  )

/** Loads a folder as TensorBoard does, and returns its contents. */
const script = `
import sys, json, io, struct
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata as hm
from PIL import Image
a = EventAccumulator(sys.argv[1], size_guidance={'scalars':0,'images':0,'tensors':0,'histograms':0,'compressedHistograms':0})
a.Reload()
tags = a.Tags()
out = {'scalars': {}, 'images': {}, 'histograms': {}, 'text': {}, 'hparams': {}}
for t in tags['scalars']:
    out['scalars'][t] = [[e.step, e.wall_time, struct.pack('<f', e.value).hex()] for e in a.Scalars(t)]
for t in tags['images']:
    for e in a.Images(t):
        im = Image.open(io.BytesIO(e.encoded_image_string))
        out['images'][t] = {'size': list(im.size), 'mode': im.mode, 'hex': im.tobytes().hex(), 'step': e.step, 'declared': [e.width, e.height]}
for t in tags['histograms']:
    for e in a.Histograms(t):
        v = e.histogram_value
        out['histograms'][t] = [v.min, v.max, v.num, v.sum, v.sum_squares, list(v.bucket_limit), list(v.bucket)]
for t in tags['tensors']:
    m = a.SummaryMetadata(t)
    if m.plugin_data.plugin_name == 'text':
        out['text'][t] = a.Tensors(t)[0].tensor_proto.string_val[0].decode()
for t, content in a.PluginTagToContent('hparams').items():
    if t == hm.SESSION_START_INFO_TAG:
        d = hm.parse_session_start_info_plugin_data(content)
        out['hparams']['start'] = {k: (v.number_value if v.HasField('number_value') else v.bool_value if v.HasField('bool_value') else v.string_value) for k, v in d.hparams.items()}
    elif t == hm.SESSION_END_INFO_TAG:
        out['hparams']['status'] = hm.parse_session_end_info_plugin_data(content).status
    else:
        d = hm.parse_experiment_plugin_data(content)
        out['hparams']['experiment'] = [[i.name for i in d.hparam_infos], [i.name.tag for i in d.metric_infos]]
print(json.dumps(out))
`

const Read = Schema.Struct({
  scalars: Schema.Record(
    Schema.String,
    Schema.Array(Schema.Tuple([Schema.Int, Schema.Finite, Schema.String]))
  ),
  images: Schema.Record(
    Schema.String,
    Schema.Struct({
      size: Schema.Array(Schema.Int),
      declared: Schema.Array(Schema.Int),
      mode: Schema.String,
      hex: Schema.String,
      step: Schema.Int
    })
  ),
  histograms: Schema.Record(Schema.String, Schema.Unknown),
  text: Schema.Record(Schema.String, Schema.String),
  hparams: Schema.Record(Schema.String, Schema.Unknown)
})

const read = (interpreter: string, folder: string) =>
  Schema.decodeUnknownSync(Read)(python.run(interpreter, script, [join(folder, "logs")]))

const float32 = (value: number) => hex(new Uint8Array(Float32Array.of(value).buffer))

const modules = ["tensorboard", "PIL"]
const interpreter = python.withModules(...modules)
const reader = interpreter ?? ""
if (interpreter === undefined) python.skipped("event files read by TensorBoard", modules)

describe.skipIf(interpreter === undefined)("TensorBoard, read by its own package", () => {
  it.effect("gives back every number, picture, histogram, text and hyper-parameter to the last bit", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* log(folder)
        assert.strictEqual((yield* eventFiles(fs, folder)).length, 1)
        const found = read(reader, folder)
        assert.deepStrictEqual(
          found.scalars["train/loss"],
          [1, 2, 3, 4, 5].map((step) => [step, 1_700_000_000.5, float32(1 / step)] as const)
        )
        assert.deepStrictEqual(found.scalars["lr"]?.[2]?.[2], float32(Number.NaN))
        assert.deepStrictEqual(found.scalars["val/hmean"], [[5, 1_700_000_000.5, float32(0.75)]])
        assert.deepStrictEqual(found.images["val/worst"], {
          size: [5, 3],
          declared: [5, 3],
          mode: "RGB",
          hex: hex(image.rgb),
          step: 5
        })
        assert.deepStrictEqual(found.histograms["weights"], [0, 4, 5, 8, 22, [1, 2, 3, 4], [1, 2, 1, 1]])
        assert.deepStrictEqual(found.text, {
          note: "zwei Wörter",
          cases: "| name | recall |\n| --- | --- |\n| a\\|b | 0.5 |\n| c |  |"
        })
        assert.deepStrictEqual(found.hparams["start"], {
          seed: 42,
          "model.name": "db",
          "model.fpn": true,
          list: "[1,2]"
        })
        assert.strictEqual(found.hparams["status"], 1)
        assert.deepStrictEqual(found.hparams["experiment"], [
          ["seed", "model.name", "model.fpn", "list"],
          ["val/hmean"]
        ])
      })
    )
  )

  it.effect("reads what a cut file still holds, and a resumed run's steps once", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* log(folder)
        const [name = ""] = yield* eventFiles(fs, folder)
        const path = join(folder, "logs", name)
        yield* fs.truncate(path, (yield* fs.readFile(path)).length - 5)
        assert.strictEqual(read(reader, folder).scalars["train/loss"]?.length, 5)
        yield* TestClock.adjust("10 seconds")
        const resumed = { resumedFrom: 3 }
        yield* logging(
          folder,
          { tensorboard: true },
          (logger) => logger.scalars(4, { "train/loss": 9 }),
          resumed
        )
        assert.strictEqual((yield* eventFiles(fs, folder)).length, 2)
        assert.deepStrictEqual(
          read(reader, folder).scalars["train/loss"]?.map(([step, , value]) => [step, value]),
          [...[1, 2, 3].map((step) => [step, float32(1 / step)]), [4, float32(9)]]
        )
      })
    )
  )
})
