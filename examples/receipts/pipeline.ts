// A whole project as one value: prepare → train → evaluate → export → predict.
//
//   npx anneal pipeline outline examples/receipts/pipeline.ts
//   npx anneal pipeline run examples/receipts/pipeline.ts
//   RECEIPTS=my/receipts npx anneal pipeline run examples/receipts/pipeline.ts
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as AutoDevice from "anneal/layers/device/AutoDevice"
import * as Canvas from "anneal/layers/image/Canvas"
import * as ImageCodec from "anneal/layers/image/ImageCodec"
import * as Pipeline from "anneal/Pipeline"
import * as Layer from "effect/Layer"
import { evaluate } from "./evaluate.ts"
import { exportDetector } from "./export.ts"
import { predict } from "./predict.ts"
import { prepare } from "./prepare.ts"
import { train } from "./train.ts"

export interface Settings {
  readonly receipts: number
  readonly epochs: number
  readonly longSide: number
  readonly crop: number
}

/** The project; `folder` holds receipts of your own, with annotations.json. */
export const project = ({ receipts, epochs, longSide, crop }: Settings, folder?: string) => {
  const data = folder === undefined ? prepare({}, { count: receipts, seed: 42 }) : Pipeline.source(folder)
  const checkpoint = train({ data }, { seed: 42, epochs, rate: 2e-3, longSide, crop, batchSize: 2 })
  const metrics = evaluate({ data, checkpoint }, { longSide })
  const detector = exportDetector({ checkpoint, metrics })
  return Pipeline.all({
    metrics,
    detector,
    predictions: predict({ pictures: data, detector }, { longSide })
  })
}

/** Built when the first stage runs that is not cached. */
export const layers = Layer.mergeAll(AutoDevice.layer, ImageCodec.layer, Canvas.layer, NodeServices.layer)

const settings = { receipts: 160, epochs: 10, longSide: 640, crop: 320 }

export const receipts = project(settings, process.env["RECEIPTS"]).pipe(
  Pipeline.provide(layers)
) satisfies Pipeline.Runnable
