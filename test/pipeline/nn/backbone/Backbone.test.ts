/** Whole backbones against torchvision, on every engine that is here; test/reference/backbones.py says how it was made. */
import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import type * as TF from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as DeviceLayer from "../../../../src/layers/device/Device.ts"
import { Device, type EngineName } from "../../../../src/pipeline/device/Device.ts"
import * as Backbone from "../../../../src/pipeline/nn/backbone/Backbone.ts"
import * as HostTensor from "../../../../src/pipeline/nn/HostTensor.ts"
import * as Nn from "../../../../src/pipeline/nn/layers/Nn.ts"
import type { Model, ParameterSpec, Variables } from "../../../../src/pipeline/nn/Model.ts"
import { absence, absent } from "../../../layers/device/contract.ts"
import reference from "../../../reference/backbones.json" with { type: "json" }

const keyOf = (name: string): number => {
  let h = 0
  for (let i = 0; i < name.length; i++) h = (Math.imul(h, 31) + name.charCodeAt(i)) | 0
  return h
}

/** As `value` in the script: in [-1, 1). */
const valueOf = (key: number, i: number): number => {
  let h = (Math.imul(i, 2_654_435_761) + key) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  h ^= h >>> 16
  return (h >>> 8) / 2 ** 23 - 1
}

const series = (name: string, shape: ReadonlyArray<number>, form = (value: number) => value) => {
  const key = keyOf(name)
  const data = Float32Array.from({ length: HostTensor.sizeOf(shape) }, (_, i) => form(valueOf(key, i)))
  return HostTensor.make(data, shape)
}

const fanIn = (shape: ReadonlyArray<number>): number =>
  HostTensor.sizeOf(shape.slice(0, shape.length === 4 && shape[3] === 1 ? 2 : -1))

/** As `filled` in the script: a value times a scale, beyond an offset. */
const formOf = ({ name, shape }: ParameterSpec): ((value: number) => number) => {
  if (name.endsWith("running_var")) return (value) => 1 + 0.5 * value
  if (name.endsWith("running_mean") || name.endsWith("bias")) return (value) => 0.1 * value
  if (shape.length === 1) return (value) => 0.7 + 0.1 * value
  const scale = Math.sqrt(6 / fanIn(shape))
  return (value) => value * scale
}

const known = new Map<string, HostTensor.HostTensor>()

/** Made once for all engines and nets, since they are tens of millions. */
const filled = (spec: ParameterSpec): HostTensor.HostTensor => {
  const key = `${spec.name} ${spec.shape.join()}`
  const made = known.get(key) ?? series(spec.name, spec.shape, formOf(spec))
  known.set(key, made)
  return made
}

const variables = (tf: typeof TF, model: Model): Variables => {
  const those = (trainable: boolean) =>
    Object.fromEntries(
      model.parameters
        .filter((spec) => spec.trainable === trainable)
        .map((spec) => [spec.name, HostTensor.upload(tf, filled(spec))])
    )
  return { params: those(true), buffers: those(false) }
}

const nets = {
  resnet18: Backbone.resnet18({ classes: 10 }),
  resnet18_small: Backbone.resnet18({ classes: 10, stem: "small" }),
  resnet34: Backbone.resnet34({ classes: 10 }),
  resnet50: Backbone.resnet50({ classes: 10 }),
  mobilenet_v3_small: Backbone.mobilenetV3Small({ classes: 10, dropout: 0 }),
  mobilenet_v3_small_half: Backbone.mobilenetV3Small({ classes: 10, width: 0.5 }),
  mobilenet_v3_large: Backbone.mobilenetV3Large({ classes: 10 })
}

interface Evaluated {
  readonly side: number
  readonly logits: ReadonlyArray<number>
}

interface Trained extends Evaluated {
  readonly norms: Readonly<Record<string, number>>
  readonly statistic: { readonly name: string; readonly values: ReadonlyArray<number> }
}

const evaluated: Readonly<Record<string, Evaluated>> = reference.evaluated
const trained: Readonly<Record<string, Trained>> = reference.trained

/** The largest difference, relative to the largest expected value. */
const difference = (actual: ArrayLike<number>, expected: ReadonlyArray<number>): number =>
  Math.max(...expected.map((value, i) => Math.abs((actual[i] ?? Number.NaN) - value))) /
  Math.max(...expected.map(Math.abs))

const images = (tf: typeof TF, batch: number, side: number): TF.Tensor4D =>
  HostTensor.upload(tf, series("images", [batch, side, side, 3]), 4)

const evaluates = Effect.fnUntraced(function* (
  name: string,
  backbone: Backbone.Backbone,
  { side, logits }: Evaluated
) {
  const device = yield* Device
  const net = Nn.model(name, backbone)
  const seen = yield* device.run(name, (tf) => net.evaluate(device, variables(tf, net), images(tf, 1, side)))
  assert.isBelow(difference(yield* device.read(seen), logits), 1e-4)
  device.tf.dispose(seen)
})

/** Where rounding moves a value over a ReLU's kink, a few of thousands of gradients are another's. */
const kinks = 5e-3

const trains = Effect.fnUntraced(function* (
  name: string,
  backbone: Backbone.Backbone,
  { side, logits, norms, statistic }: Trained
) {
  const device = yield* Device
  const net = Nn.model(name, backbone)
  const seen = yield* device.run(name, (tf) => {
    const { params, buffers } = variables(tf, net)
    const names = Object.keys(params)
    const context = { tf, ops: device.ops, seed: 1, counter: 0 }
    const run = (given: ReadonlyArray<TF.Tensor>) => {
      const named = Object.fromEntries(given.map((tensor, i) => [names[i] ?? "", tensor]))
      return net.train(context, { params: named, buffers }, images(tf, 4, side))
    }
    const loss = (...given: ReadonlyArray<TF.Tensor>): TF.Scalar => {
      const { output } = run(given)
      return tf.sum(tf.mul(output, HostTensor.upload(tf, series("logits", output.shape))))
    }
    const gradients = tf.grads(loss)(Object.values(params))
    const { output, buffers: moved } = run(Object.values(params))
    const watched = Object.keys(norms).map((own) => gradients[names.indexOf(own)] ?? tf.scalar(Number.NaN))
    return {
      output,
      moved: moved[statistic.name] ?? tf.scalar(Number.NaN),
      norms: tf.stack(watched.map((gradient) => tf.norm(gradient)))
    }
  })
  assert.isBelow(difference(yield* device.read(seen.output), logits), 1e-4, "logits")
  assert.isBelow(difference(yield* device.read(seen.moved), statistic.values), 1e-4, statistic.name)
  const found = yield* device.read(seen.norms)
  for (const [i, [own, norm]] of Object.entries(norms).entries())
    assert.isBelow(Math.abs((found[i] ?? Number.NaN) / norm - 1), kinks, `gradient by ${own}`)
  device.tf.dispose(seen)
})

/** What plain JavaScript computes in a few seconds. */
const small = new Set(["resnet18_small", "mobilenet_v3_small", "mobilenet_v3_small_half"])

const suite = (name: EngineName): void => {
  const engine = DeviceLayer.layer({ accelerator: name, devices: 1, strategy: "auto", precision: "32-true" })
  describe(`engine ${name} agrees with torchvision`, () => {
    it.layer(engine)("in", (it) => {
      for (const [own, net] of Object.entries(nets)) {
        const [evaluation, training] = [evaluated[own], trained[own]]
        if (evaluation !== undefined && (name !== "cpu" || small.has(own)))
          it.effect(`the logits of ${own}`, () => evaluates(own, net, evaluation), 60_000)
        if (training !== undefined && name !== "cpu")
          it.effect(`a training step of ${own}`, () => trains(own, net, training), 60_000)
      }
    })
  })
}

it("has a net for each reference", () => {
  assert.sameMembers(Object.keys(nets), Object.keys(evaluated))
  assert.includeMembers(Object.keys(nets), Object.keys(trained))
})

const whole = {
  resnet18: [Backbone.resnet18(), 11_689_512],
  resnet34: [Backbone.resnet34(), 21_797_672],
  resnet50: [Backbone.resnet50(), 25_557_032],
  mobilenet_v3_small: [Backbone.mobilenetV3Small(), 2_542_856],
  mobilenet_v3_large: [Backbone.mobilenetV3Large(), 5_483_032]
} as const
const described: Readonly<Record<string, (typeof reference.described)["resnet18"]>> = reference.described

for (const [name, [{ parameters }, count]] of Object.entries(whole)) {
  it(`${name} has torchvision's parameters, by number, name and shape`, () => {
    const expected = described[name]
    if (expected === undefined) return assert.fail("backbones.py has no such net")
    assert.strictEqual(expected.parameters, count)
    const sizes = parameters.filter(({ trainable }) => trainable).map(({ shape }) => HostTensor.sizeOf(shape))
    assert.strictEqual(
      sizes.reduce((sum, size) => sum + size, 0),
      expected.parameters
    )
    const lines = parameters.map((spec) => `${spec.name} ${spec.shape.join(",")}`)
    assert.strictEqual(lines.length, expected.names)
    assert.strictEqual(createHash("sha256").update(lines.sort().join("\n")).digest("hex"), expected.digest)
  })
}

for (const { name } of DeviceLayer.engines) {
  const reason = await Effect.runPromise(absence(DeviceLayer, name))
  if (reason === undefined) suite(name)
  else absent(name, reason)
}

const features = {
  "a ResNet": Backbone.resnet18(),
  "a ResNet for small pictures": Backbone.resnet18({ stem: "small" }),
  "a MobileNetV3": Backbone.mobilenetV3Small({ width: 0.5 })
}

it("wide ResNets declare their features' channels", () => {
  assert.deepStrictEqual(Backbone.resnet50().features.channels, [256, 512, 1024, 2048])
  assert.deepStrictEqual(Backbone.mobilenetV3Large().features.channels, [24, 40, 112, 960])
})

describe("features of", () => {
  const cpu = DeviceLayer.layer({ accelerator: "cpu", devices: 1, strategy: "auto", precision: "32-true" })
  it.layer(cpu)("backbones", (it) => {
    for (const [what, { features: module, parameters }] of Object.entries(features))
      it.effect(`${what} have the strides and channels that it declares`, () =>
        Effect.gen(function* () {
          const { tf, ops } = yield* Device
          const side = 8 * (module.strides[0] ?? 1)
          const net = Nn.model("features", module)
          const known = new Set(parameters.map(({ name }) => name))
          assert.isTrue(net.parameters.every((spec) => known.has(spec.name)))
          const seen = net.evaluate({ tf, ops }, variables(tf, net), images(tf, 1, side))
          assert.deepStrictEqual(
            seen.map(({ shape }) => shape),
            module.strides.map((stride, i) => [1, side / stride, side / stride, module.channels[i] ?? 0])
          )
        })
      )
  })
})
