/**
 * `anneal/tasks/textDetection/Detector`: a trained detector in a service. `Detector.load(path).detect(bytes)` finds the
 * text of a picture; requests that come together are computed together.
 *
 * ```ts
 * import * as Detector from "anneal/tasks/textDetection/Detector"
 *
 * const detector = Detector.load("exported")
 * const handle = (picture: Uint8Array) => detector.detect(picture)
 * ```
 *
 * The path is the folder of an export to ONNX, which ONNX Runtime computes, or a checkpoint or run
 * directory, which an engine of Anneal computes: `Detector.load("exported", { runtime: "onnxruntime" })` insists on one of them.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import * as DeviceLayer from "../layers/device/Device.ts"
import * as ImageCodecLayer from "../layers/image/ImageCodec.ts"
import type { EngineName } from "../pipeline/device/Device.ts"
import * as HostTensor from "../pipeline/nn/HostTensor.ts"
import { ImageCodec } from "../pipeline/picture/Images.ts"
import * as Transform from "../tasks/textDetection/data/Transform.ts"
import * as PostProcess from "../tasks/textDetection/postprocess/PostProcess.ts"
import * as DetectorNet from "./DetectorNet.ts"

/** What computes: `auto` takes ONNX Runtime for an export and an engine for a checkpoint. */
export type Runtime = "auto" | "onnxruntime" | "engine"

export interface DetectorOptions {
  /** Default `auto`. */
  readonly runtime?: Runtime | undefined
  /** The engine, if one computes; the best of this machine by default. */
  readonly accelerator?: "auto" | EngineName | undefined
  /** Long side of a picture as the net sees it, pixels; as in training by default. */
  readonly longSide?: number | undefined
  /** Pictures that are computed together at most; only those of one size are. Default 8. */
  readonly batch?: number | undefined
  /** Threads of ONNX Runtime; its own choice by default. */
  readonly threads?: number | undefined
  /** The export's file with weights of 8 bits. Default false. */
  readonly int8?: boolean | undefined
}

/** A region of text, in the pixels of the upright picture. */
export interface Region {
  readonly polygon: ReadonlyArray<readonly [x: number, y: number]>
  /** In [0, 1]; the most probable region comes first. */
  readonly score: number
}

export interface Detected {
  /** Of the upright picture, pixels. */
  readonly width: number
  readonly height: number
  readonly regions: ReadonlyArray<Region>
}

export interface Detector {
  /** The text of a picture: JPEG, PNG, WebP, TIFF or AVIF. Rejects if it is none, or if the net cannot be loaded. */
  readonly detect: (picture: Uint8Array) => Promise<Detected>
  /** Frees the net; what was asked for before is answered first. */
  readonly close: () => Promise<void>
}

interface Request {
  readonly sample: Transform.Sample
  readonly done: Deferred.Deferred<Float32Array, { readonly message: string }>
}

/** Requests of one size together. */
const bySize = (requests: ReadonlyArray<Request>): ReadonlyArray<ReadonlyArray<Request>> => [
  ...Map.groupBy(requests, ({ sample }) => `${sample.width}x${sample.height}`).values()
]

const stacked = (requests: ReadonlyArray<Request>, width: number, height: number): HostTensor.HostTensor => {
  const data = new Uint8Array(requests.length * width * height * 3)
  for (const [i, { sample }] of requests.entries()) data.set(sample.rgb, i * width * height * 3)
  return HostTensor.make(data, [requests.length, height, width, 3])
}

/** Computes requests of one size, and answers each. */
const answer = Effect.fnUntraced(function* (net: DetectorNet.DetectorNet, requests: ReadonlyArray<Request>) {
  const { width = 0, height = 0 } = requests[0]?.sample ?? {}
  const computed = yield* Effect.exit(net.probability(stacked(requests, width, height)))
  for (const [i, { done }] of requests.entries()) {
    const own = Exit.map(computed, (maps) => maps.subarray(i * width * height, (i + 1) * width * height))
    yield* Deferred.done(done, own)
  }
})

/** Takes what waits, and computes it, until its scope closes. */
const serve = (net: DetectorNet.DetectorNet, queue: Queue.Queue<Request>, batch: number) =>
  Effect.forever(
    Effect.gen(function* () {
      const waiting = yield* Queue.takeBetween(queue, 1, batch)
      yield* Effect.forEach(bySize(waiting), (requests) => answer(net, requests), { discard: true })
      yield* Effect.yieldNow
    })
  )

/** The codec reads files. */
const inFile = <A, E, R>(content: Uint8Array, use: (path: string) => Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.promise(async () => {
      const folder = await mkdtemp(join(tmpdir(), "anneal-"))
      await writeFile(join(folder, "picture"), content)
      return folder
    }),
    (folder) => use(join(folder, "picture")),
    (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
  )

/** What the net sees of a picture. */
const sampleOf = Effect.fnUntraced(function* (content: Uint8Array, longSide: number, multiple: number) {
  const codec = yield* ImageCodec
  const image = yield* inFile(content, (path) => codec.read(path))
  return { image, sample: Transform.fit({ ...image, name: "picture", regions: [] }, longSide, multiple) }
})

/** The part of a map that the picture covers. */
const covered = (map: Float32Array, { width, contentWidth, contentHeight }: Transform.Sample) => {
  const data = new Float32Array(contentWidth * contentHeight)
  for (let y = 0; y < contentHeight; y++)
    data.set(map.subarray(y * width, y * width + contentWidth), y * contentWidth)
  return { data, width: contentWidth, height: contentHeight }
}

const engine = ({ accelerator = "auto" }: DetectorOptions) =>
  DeviceLayer.layer({ accelerator, devices: 1, strategy: "auto", precision: "32-true" })

/** Whether the path is an export, by what is there or by what is asked for. */
const isExport = Effect.fnUntraced(function* (path: string, { runtime = "auto" }: DetectorOptions) {
  const fs = yield* FileSystem.FileSystem
  const there = (file: string) => Effect.orElseSucceed(fs.exists(file), () => false)
  if (!(yield* there(path))) return yield* DetectorNet.missing(path, "there is nothing")
  return runtime === "auto" ? yield* there(join(path, "onnx")) : runtime === "onnxruntime"
})

const open = Effect.fnUntraced(function* (path: string, options: DetectorOptions, scope: Scope.Scope) {
  if (yield* isExport(path, options)) return yield* DetectorNet.fromOnnx(path, options)
  const context = yield* Layer.buildWithScope(engine(options), scope)
  return yield* Effect.provide(DetectorNet.fromCheckpoint(path), context)
})

/** Opened once, for as long as the scope. */
const opened = Effect.fnUntraced(function* (path: string, options: DetectorOptions, scope: Scope.Scope) {
  const net = yield* Scope.provide(open(path, options, scope), scope)
  const queue = yield* Queue.unbounded<Request>()
  yield* Effect.forkIn(serve(net, queue, options.batch ?? 8), scope)
  return { net, queue }
})

type Opened = Effect.Success<ReturnType<typeof opened>>

const detected = Effect.fn("Detector.detect")(function* (
  { net, queue }: Opened,
  content: Uint8Array,
  { longSide = net.longSide }: DetectorOptions
) {
  const { image, sample } = yield* sampleOf(content, longSide, net.multiple)
  const done = yield* Deferred.make<Float32Array, { readonly message: string }>()
  yield* Queue.offer(queue, { sample, done })
  const map = covered(yield* Deferred.await(done), sample)
  const regions = PostProcess.detect(map, net.postprocess).map(({ polygon, score }) => ({
    polygon: Transform.toOriginal(sample, image, polygon),
    score
  }))
  const found: Detected = { width: image.width, height: image.height, regions }
  return found
})

const services = Layer.mergeAll(NodeServices.layer, ImageCodecLayer.layer)

/** A detector; it is opened for the first picture, and then stays open until it is closed. */
export const load = (path: string, options: DetectorOptions = {}): Detector => {
  const scope = Effect.runSync(Scope.make())
  const waiting = new Set<Promise<unknown>>()
  const once = Effect.runSync(Effect.cached(opened(resolve(path), options, scope)))
  const detect = (content: Uint8Array): Promise<Detected> => {
    const found = Effect.runPromise(
      once.pipe(
        Effect.flatMap((ready) => detected(ready, content, options)),
        Effect.provide(services)
      )
    )
    waiting.add(found)
    void found.then(
      () => waiting.delete(found),
      () => waiting.delete(found)
    )
    return found
  }
  const close = async (): Promise<void> => {
    await Promise.allSettled(waiting)
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }
  return { detect, close }
}
