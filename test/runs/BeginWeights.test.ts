/** Weights of other libraries' files compute here what they computed there; what does not fit is refused, with the cure. */
import { execFileSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { afterAll } from "vitest"
import * as Safetensors from "../../src/layers/checkpoint/Safetensors.ts"
import { Device } from "../../src/pipeline/device/Device.ts"
import type { HostTensors } from "../../src/pipeline/nn/HostTensor.ts"
import * as ModelValues from "../../src/pipeline/nn/Model.ts"
import type * as WeightsPlan from "../../src/pipeline/plan/WeightsPlan.ts"
import * as BeginWeights from "../../src/runs/BeginWeights.ts"
import { ClassificationPlan } from "../../src/tasks/imageClassification/ClassificationPlan.ts"
import * as ImageClassification from "../../src/tasks/imageClassification/ImageClassification.ts"
import * as python from "../layers/python.ts"
import { deviceOf } from "../pipeline/tiny.ts"
import { folder, forward, made, model } from "./weightsNet.ts"

const layers = Layer.merge(NodeServices.layer, deviceOf("wasm"))
const temporary = mkdtempSync(join(tmpdir(), "anneal-weights-"))
afterAll(() => rmSync(temporary, { recursive: true }))

const wanted = (plan: Partial<WeightsPlan.Wanted> & { readonly path: string }): WeightsPlan.Wanted => ({
  names: "auto",
  prefix: "",
  into: "",
  mismatch: "refuse",
  ...plan
})

const file = (name: string) => join(folder, name)

const load = (plan: Partial<WeightsPlan.Wanted> & { readonly path: string }, of = model) =>
  BeginWeights.load(of, wanted(plan))

const outputs = (of: ModelValues.Model) =>
  Device.use((device) =>
    Effect.flatMap(
      device.run("forward", (tf) => forward(tf, of)),
      (tensor) => device.read(tensor)
    )
  )

/** The sentence of a refusal. */
const refusal = (plan: Partial<WeightsPlan.Wanted> & { readonly path: string }, of = model) =>
  load(plan, of).pipe(
    Effect.flip,
    Effect.map(({ message }) => message),
    Effect.provide(layers)
  )

/** Writes a safetensors file, as Anneal does it. */
const written = (name: string, tensors: HostTensors, metadata?: Safetensors.Metadata): string => {
  const path = join(temporary, name)
  writeFileSync(path, Buffer.concat(Safetensors.encode(tensors, metadata)))
  return path
}

const difference = (found: ArrayLike<number>, expected: ReadonlyArray<number>): number =>
  Math.max(
    ...expected.map((value, i) => Math.abs((found[i] ?? Number.NaN) - value) / Math.max(1, Math.abs(value)))
  )

const cases: ReadonlyArray<[name: string, convention: string, plan?: Partial<WeightsPlan.Wanted>]> = [
  ["f32.safetensors", "torchvision"],
  ["f16.safetensors", "torchvision"],
  ["bf16.safetensors", "torchvision"],
  ["f64.safetensors", "torchvision"],
  ["sharded", "torchvision"],
  ["prefixed.safetensors", "torchvision", { prefix: "encoder." }],
  ["keras.safetensors", "keras", { prefix: "net/" }]
]

describe(`a small net's outputs, as ${made.made_by} computed them`, () => {
  it.effect.each(cases)("%s", ([name, convention, plan]) =>
    Effect.gen(function* () {
      const { model: begun, record } = yield* load({ path: file(name), ...plan })
      const found = yield* outputs(begun)
      assert.isAtMost(difference(found, made.outputs[name] ?? []), 1e-4)
      assert.strictEqual(record.names, convention)
      assert.sameMembers(
        [...record.loaded],
        model.parameters.map((spec) => spec.name)
      )
      assert.deepStrictEqual([record.skipped, record.leftOver, record.firstValues], [[], [], []])
    }).pipe(Effect.provide(layers))
  )

  it.effect("and by patterns that rename, into a part of a larger net", () =>
    Effect.gen(function* () {
      const larger = {
        name: "larger",
        parameters: model.parameters.map((spec) => ({
          ...spec,
          name: `body.${spec.name.replace("mix", "hidden")}`
        }))
      }
      const { model: begun, record } = yield* load(
        { path: file("f32.safetensors"), names: [{ from: "^mix\\.", to: "hidden." }], into: "body." },
        larger
      )
      assert.strictEqual(record.loaded.length, model.parameters.length)
      const values = ModelValues.initial(begun, 1)
      const plain = ModelValues.initial((yield* load({ path: file("f32.safetensors") })).model, 1)
      assert.deepStrictEqual(values["body.hidden.weight"], plain["mix.weight"])
    }).pipe(Effect.provide(layers))
  )
})

const resnet = `
import sys, json, torch, torchvision, safetensors.torch as s
torch.manual_seed(3)
net = torchvision.models.resnet18(num_classes=10)
with torch.no_grad():
    for name, b in net.named_buffers():
        if name.endswith("running_mean"): b.normal_(0, 0.1)
        if name.endswith("running_var"): b.uniform_(0.5, 1.5)
net.eval()
s.save_file(net.state_dict(), sys.argv[1])
side = int(sys.argv[2])
i = torch.arange(side * side * 3, dtype=torch.float64)
x = torch.sin(i * 0.37).to(torch.float32).reshape(1, side, side, 3)
with torch.no_grad(): print(json.dumps(torch.log_softmax(net(x.permute(0, 3, 1, 2)), 1).flatten().tolist()))
`

const interpreter = python.withModules("torch", "torchvision", "safetensors")
if (interpreter === undefined) python.skipped("ResNet-18 against torchvision", ["torch", "torchvision"])

describe.skipIf(interpreter === undefined)("the built-in ResNet-18 with torchvision's names", () => {
  it.effect(
    "computes the probabilities of torchvision's",
    () =>
      Effect.gen(function* () {
        const side = 96
        const path = join(temporary, "resnet18.safetensors")
        const expected = Schema.decodeUnknownSync(Schema.Array(Schema.Finite))(
          python.run(interpreter ?? "", resnet, [path, String(side)])
        )
        const plan = yield* Schema.decodeEffect(ClassificationPlan)({
          data: { kind: "folder", root: temporary, classes: 10 },
          model: { kind: "resnet18" }
        })
        const task = ImageClassification.make(plan)
        const { model: begun, record } = yield* BeginWeights.load(task.model, wanted({ path }))
        assert.strictEqual(record.loaded.length, task.model.parameters.length)
        assert.deepStrictEqual(record.leftOver, [])
        const data = Float32Array.from({ length: side * side * 3 }, (_, i) => Math.sin(i * 0.37))
        const device = yield* Device
        const found = yield* device.run("forward", (tf) => {
          const all = Object.entries(ModelValues.initial(begun, 1)).map(
            ([name, { data, shape }]) => [name, tf.tensor(data, [...shape])] as const
          )
          const isStatistic = (name: string) => name.includes("running")
          const variables = {
            params: Object.fromEntries(all.filter(([name]) => !isStatistic(name))),
            buffers: Object.fromEntries(all.filter(([name]) => isStatistic(name)))
          }
          const batch = {
            images: { data, shape: [1, side, side, 3] },
            labels: { data: Int32Array.of(0), shape: [1] },
            names: ["x"],
            classes: []
          }
          const { probabilities } = task.forward({ tf, ops: device.ops }, variables, batch)
          return tf.log(probabilities ?? tf.scalar(0))
        })
        assert.isAtMost(difference(yield* device.read(found), expected), 1e-4)
      }).pipe(Effect.provide(layers)),
    120_000
  )
})

describe("weights that do not fit", () => {
  const reshaped = {
    name: "reshaped",
    parameters: model.parameters.map((spec) =>
      spec.name.startsWith("out.")
        ? { ...spec, shape: [...spec.shape.slice(0, -1), 7], init: () => new Float32Array(7) }
        : spec
    )
  }

  it.effect("are refused together, in the shapes of here", () =>
    Effect.map(refusal({ path: file("f32.safetensors") }, reshaped), (message) => {
      assert.include(message, "out.weight: [6, 5] instead of [6, 7]")
      assert.include(message, "out.bias: [5] instead of [7]")
      assert.include(message, "model.weights.mismatch=skip")
    })
  )

  it.effect("or skipped, and stay at their first values", () =>
    Effect.gen(function* () {
      const { model: begun, record } = yield* load(
        { path: file("f32.safetensors"), mismatch: "skip" },
        reshaped
      )
      assert.deepStrictEqual(
        record.skipped.map(({ name }) => name),
        ["out.weight", "out.bias"]
      )
      const [values, own] = [ModelValues.initial(begun, 1), ModelValues.initial(reshaped, 1)]
      assert.deepStrictEqual(values["out.bias"], own["out.bias"])
      assert.notDeepEqual(values["conv.weight"], own["conv.weight"])
    }).pipe(Effect.provide(layers))
  )

  it.effect("names of either side alone are listed, and counts of batches are not", () =>
    Effect.gen(function* () {
      const other = {
        name: "other",
        parameters: model.parameters.map((spec) =>
          spec.name === "mix.bias" ? { ...spec, name: "mix.offset" } : spec
        )
      }
      const { record } = yield* load({ path: file("f32.safetensors") }, other)
      assert.deepStrictEqual(record.leftOver, ["mix.bias"])
      assert.deepStrictEqual(record.firstValues, ["mix.offset"])
    }).pipe(Effect.provide(layers))
  )

  it.effect("a file of which nothing fits shows the nearest names, and the key that helps", () =>
    Effect.gen(function* () {
      const message = yield* refusal({ path: file("prefixed.safetensors") })
      assert.include(message, "encoder.bn.bias, where the model has bn.bias")
      assert.include(message, " model.weights.prefix=encoder.")
    })
  )

  it.effect("a square layer follows the file's own words, not its shape", () =>
    Effect.gen(function* () {
      const values = ModelValues.initial((yield* load({ path: file("f32.safetensors") })).model, 1)
      const own = written("own.safetensors", values, { format: "tf", model: "net" })
      const again = yield* load({ path: own })
      assert.strictEqual(again.record.names, "anneal")
      assert.deepStrictEqual(ModelValues.initial(again.model, 1), values)
    }).pipe(Effect.provide(layers))
  )
})

describe("what is no file of weights", () => {
  const bias = { "out.bias": { data: new Float32Array(5), shape: [5] } }
  const text = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(temporary, name), content)
    return join(temporary, name)
  }
  const sub = (name: string, ...files: ReadonlyArray<string>) => {
    mkdirSync(join(temporary, name))
    for (const one of files) copyFileSync(file("f32.safetensors"), join(temporary, name, one))
    return join(temporary, name)
  }
  const cut = () => text("cut.safetensors", readFileSync(file("f32.safetensors")).subarray(0, 3000))

  const cases: ReadonlyArray<[what: string, path: () => string, said: RegExp]> = [
    [
      "a path where nothing is",
      () => join(temporary, "none.safetensors"),
      /there is nothing.*Correct the path/
    ],
    ["a file that is cut short", cut, /truncated, or not a safetensors file.*the file ends within/],
    ["an empty file", () => text("empty.safetensors", ""), /truncated.*within the 8 bytes/],
    ["text", () => text("text.safetensors", "hello, weights"), /not a safetensors file/],
    [
      "PyTorch's",
      () => text("net.pth", "PK"),
      /a file of PyTorch's.*python -c "import torch.*'net\.safetensors'/
    ],
    [
      "PyTorch's by another name",
      () => text("renamed", Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0)),
      /a file of PyTorch's/
    ],
    ["Keras's", () => text("net.weights.h5", "x"), /a file of Keras's.*python -c "import keras/],
    ["a folder without weights", () => sub("nothing"), /it has no weights/],
    [
      "a folder of several",
      () => sub("several", "a.safetensors", "b.safetensors"),
      /2 safetensors files.*Name one/
    ],
    [
      "an index of shards that are not there",
      () => {
        const folder = sub("shards")
        writeFileSync(
          join(folder, "model.safetensors.index.json"),
          '{"weight_map": {"out.bias": "gone.safetensors"}}'
        )
        return folder
      },
      /gone\.safetensors: it cannot be read/
    ],
    [
      "whole numbers",
      () =>
        written("int.safetensors", { "out.bias": { data: new Int32Array(5), shape: [5] } }, { format: "pt" }),
      /out\.bias is of type I32/
    ],
    [
      "what is not a number",
      () =>
        written(
          "nan.safetensors",
          { "out.bias": { data: new Float32Array(5).fill(Number.NaN), shape: [5] } },
          { format: "pt" }
        ),
      /out\.bias has values that are not finite/
    ],
    [
      "a file that does not say whose it is",
      () => written("whose.safetensors", bias, { format: "other" }),
      /whose layouts it has.*model\.weights\.names=torchvision/
    ]
  ]
  it.effect.each(cases)("%s is refused", ([, path, said]) =>
    Effect.map(refusal({ path: path() }), (message) => assert.match(message, said))
  )

  it.effect("takes the only file of a folder", () =>
    Effect.gen(function* () {
      const { record } = yield* load({ path: sub("single", "some.safetensors") })
      assert.deepStrictEqual(Object.keys(record.sha256), ["some.safetensors"])
    }).pipe(Effect.provide(layers))
  )
})

describe.skipIf(interpreter === undefined)("the line of Python that a refusal gives", () => {
  it.effect("converts the file", () =>
    Effect.gen(function* () {
      const script = "import sys, torch; torch.save({'state_dict': {'out.bias': torch.ones(5)}}, sys.argv[1])"
      execFileSync(interpreter ?? "", ["-c", script, join(temporary, "own.pth")])
      const message = yield* refusal({ path: join(temporary, "own.pth") })
      const [, line = ""] = /python -c "(.*)"$/.exec(message) ?? []
      execFileSync(interpreter ?? "", ["-c", line], { cwd: temporary })
      const { record } = yield* load({ path: join(temporary, "own.safetensors") })
      assert.deepStrictEqual(record.loaded, ["out.bias"])
    }).pipe(Effect.provide(layers))
  )
})
