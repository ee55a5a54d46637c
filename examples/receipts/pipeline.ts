// A whole project as one value: prepare → train → evaluate → export → predict.
//
//   npx anneal pipeline outline examples/receipts/pipeline.ts
//   npx anneal pipeline run examples/receipts/pipeline.ts
//   npx anneal pipeline run examples/receipts/pipeline.ts epochs=3
//   npx anneal pipeline run examples/receipts/pipeline.ts folder=my/receipts
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as AutoDevice from "anneal/layers/device/AutoDevice"
import * as Canvas from "anneal/layers/image/Canvas"
import * as ImageCodec from "anneal/layers/image/ImageCodec"
import * as Pipeline from "anneal/Pipeline"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { evaluate } from "./evaluate.ts"
import { exportDetector } from "./export.ts"
import { predict } from "./predict.ts"
import { prepare } from "./prepare.ts"
import { train } from "./train.ts"

const orElse = (value: number) => Schema.Int.pipe(Schema.withDecodingDefaultKey(Effect.succeed(value)))

export const Parameters = Schema.Struct({
  /** Receipts of your own, with annotations.json; without it, receipts are drawn. */
  folder: Schema.optionalKey(Schema.String),
  receipts: orElse(160),
  epochs: orElse(10),
  longSide: orElse(640),
  crop: orElse(320)
})

export const project = ({ folder, receipts, epochs, longSide, crop }: typeof Parameters.Type) => {
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

export const receipts = Pipeline.fromParameters(Parameters, (parameters) =>
  project(parameters).pipe(Pipeline.provide(layers))
) satisfies Pipeline.Runnable
