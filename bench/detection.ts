/**
 * Trains the text detector on real receipts with a bare loop and says what it reached and how long each part took:
 *
 *     node bench/detection.ts [folder] [steps] [key=value …]
 *
 * The folder has `annotations.json` and `images/`; its first four fifths by name are learnt, the rest judged.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { performance } from "node:perf_hooks"
import v8 from "node:v8"
import type * as TF from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import sharp from "sharp"
import * as DeviceLayer from "../src/layers/device/Device.ts"
import { Device } from "../src/pipeline/Device.ts"
import * as HostTensor from "../src/pipeline/HostTensor.ts"
import * as Model from "../src/pipeline/Model.ts"
import * as Batch from "../src/tasks/textDetection/Batch.ts"
import * as Dbnet from "../src/tasks/textDetection/Dbnet.ts"
import * as DetectionMetric from "../src/tasks/textDetection/DetectionMetric.ts"
import * as TextDetection from "../src/tasks/textDetection/TextDetection.ts"
import type { ImageSource, TextImage } from "../src/tasks/textDetection/TextImage.ts"

const [folder = "../shared/data/sroie-mini", stepsText = "60"] = process.argv.slice(2)

const load = async (names: ReadonlyArray<string>, images: any): Promise<ImageSource> => {
  const loaded: Array<TextImage> = []
  for (const name of names) {
    const { data, info } = await sharp(`${folder}/images/${name}`)
      .rotate()
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    loaded.push({
      name,
      width: info.width,
      height: info.height,
      rgb: new Uint8Array(data),
      regions: Object.entries<any>(images[name].words).map(([id, word]) => ({
        id,
        polygon: word.points,
        ignore: word.illegibility === true
      }))
    })
  }
  return { name: "sroie", size: names.length, image: (_e, i) => Effect.succeed(loaded[i]!) }
}
const images = JSON.parse(readFileSync(`${folder}/annotations.json`, "utf8")).images
const names = Object.keys(images).sort()
const train = await load(names.slice(0, 80), images)
const val = await load(names.slice(80), images)

const program = Effect.gen(function* () {
  const device = yield* Device
  const { tf } = device
  const ops = {
    batchNormTrain: (x: any, gamma: any, beta: any, epsilon: number) => {
      const [bb, h, w, c] = x.shape
      const n = bb * h * w
      let mean: any, variance: any
      const y = (tf.customGrad as any)((x: any, gamma: any, beta: any, save: any) => {
        const flat = tf.reshape(x, [n, c])
        const ones = tf.fill([1, n], 1 / n)
        mean = tf.keep(tf.reshape(tf.matMul(ones as any, flat as any), [c]))
        variance = tf.keep(
          tf.sub(tf.reshape(tf.matMul(ones as any, tf.square(flat) as any), [c]), tf.square(mean))
        )
        const inv = tf.rsqrt(tf.add(variance, epsilon))
        const scale = tf.mul(gamma, inv)
        save([x, gamma, inv, mean])
        return {
          value: tf.batchNorm(x, mean, variance, beta, gamma, epsilon),
          gradFunc: (dy: any, [x, gamma, inv, mean]: any) => {
            const dflat = tf.reshape(dy, [n, c]),
              flat = tf.reshape(x, [n, c])
            const one = tf.fill([1, n], 1)
            const sdy = tf.reshape(tf.matMul(one as any, dflat as any), [c])
            const sdyx = tf.mul(
              tf.sub(tf.reshape(tf.matMul(one as any, tf.mul(dflat, flat) as any), [c]), tf.mul(sdy, mean)),
              inv
            )
            // dx = gamma*inv*(dy - sdy/n - xhat*sdyx/n)
            const a = tf.mul(gamma, inv)
            const k2 = tf.mul(tf.mul(a, inv), tf.div(sdyx, -n))
            const k3 = tf.sub(tf.neg(tf.mul(a, tf.div(sdy, n))), tf.mul(k2, mean))
            const zero = tf.zeros([c]),
              one1 = tf.ones([c])
            const dx = tf.add(
              tf.batchNorm(dy, zero as any, one1 as any, k3 as any, a as any, 0),
              tf.batchNorm(x, zero as any, one1 as any, zero as any, k2 as any, 0)
            )
            return [dx, sdyx, sdy]
          }
        }
      })(x, gamma, beta)
      return { y, mean, variance }
    }
  }
  const model = Dbnet.make("dbnet", Dbnet.dbnet)
  const n = model.parameters.filter((p) => p.trainable).reduce((s, p) => s + HostTensor.sizeOf(p.shape), 0)
  console.log("parameters", n)
  const first = Model.initial(model, 1)
  const task = TextDetection.make({ model })
  const data = Batch.trainingDataset({ source: train, seed: 1, batchSize: 2 })
  const vd = Batch.evaluationDataset({ source: val, longSide: 640, batchSize: 1 })
  const params: any = {},
    buffers: any = {}
  for (const p of model.parameters)
    (p.trainable ? params : buffers)[p.name] = tf.variable(
      HostTensor.upload(tf, first[p.name]!),
      p.trainable,
      p.trainable ? p.name : undefined
    )
  const cfg: any = Object.fromEntries(process.argv.slice(4).map((a) => a.split("=")))
  const total = Number(stepsText),
    lr0 = Number(cfg.lr ?? 2e-3)
  const opt: any = tf.train.adam(lr0)
  const step = (batch: any, counter: number) =>
    tf.tidy(() => {
      let parts: any, newBuffers: any
      const { value, grads } = tf.variableGrads(() => {
        const l = task.loss({ tf, ops, seed: 1, counter }, { params, buffers }, batch)
        parts = l.parts
        newBuffers = l.buffers
        for (const p of Object.values(l.parts)) tf.keep(p)
        for (const b of Object.values(l.buffers)) tf.keep(b)
        return l.loss
      }, Object.values(params))
      opt.applyGradients(Object.keys(params).map((n) => ({ name: n, tensor: grads[params[n].name]! })))
      for (const [n, b] of Object.entries<any>(newBuffers)) {
        buffers[n].assign(b)
        b.dispose()
      }
      return { value, ...parts }
    })
  const evaluate = function* (save: boolean) {
    let state = task.metric.initial
    const t = performance.now()
    const results: any[] = []
    for (let i = 0; i < vd.length; i++) {
      const r: any = yield* task.evaluate({ params, buffers }, yield* vd.batch(0, i)) as any
      state = task.metric.update(state, r)
      results.push(...r.images)
    }
    console.log("  VAL", JSON.stringify(task.metric.result(state)), (performance.now() - t).toFixed(0), "ms")
    if (save && cfg.save) writeFileSync(cfg.save, v8.serialize(results))
  }
  let spent = 0,
    dataMs = 0
  const avg: any = {}
  for (let i = 0; i < total; i++) {
    opt.learningRate =
      lr0 * 0.5 * (1 + Math.cos((Math.PI * i) / total)) * Math.min(1, (i + 1) / Number(cfg.warm ?? 20))
    const t = performance.now()
    const batch: any = yield* data.batch(Math.floor(i / data.length), i % data.length)
    const t1 = performance.now()
    const out = step(batch, i)
    for (const [k, v] of Object.entries<any>(out)) {
      avg[k] = (avg[k] ?? 0) * 0.9 + 0.1 * v.dataSync()[0]
      v.dispose()
    }
    dataMs += t1 - t
    spent += performance.now() - t1
    if ((i + 1) % 40 === 0)
      console.log(
        i + 1,
        Object.entries<any>(avg)
          .map(([k, v]) => `${k} ${v.toFixed(3)}`)
          .join(" "),
        "step",
        (spent / (i + 1)).toFixed(0),
        "data",
        (dataMs / (i + 1)).toFixed(0),
        "tensors",
        tf.memory().numTensors
      )
    if ((i + 1) % Number(cfg.every ?? 320) === 0 && i + 1 < total) yield* evaluate(false)
  }
  yield* evaluate(true)
})
await Effect.runPromise(
  program.pipe(
    Effect.provide(
      DeviceLayer.layer({ accelerator: "auto", devices: 1, strategy: "auto", precision: "32-true" } as any)
    ),
    Effect.scoped
  ) as any
)
