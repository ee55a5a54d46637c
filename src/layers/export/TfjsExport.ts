/** A recorded net as a graph model of TensorFlow.js, run by `tf.loadGraphModel`'s own reader. */
import type { NamedTensorMap, Tensor } from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Device, type DeviceError, type Tf } from "../../pipeline/device/Device.ts"
import { Unexportable } from "../../pipeline/export/Trace.ts"
import { TYPES } from "../../pipeline/export/tfjs/GraphModel.ts"
import * as Lowering from "../../pipeline/export/tfjs/Lowering.ts"
import type { HostTensor, HostTensors } from "../../pipeline/nn/HostTensor.ts"
import * as Thrown from "../internal/Thrown.ts"
import * as Batch from "./Batch.ts"
import type { Exported, Source } from "./Exported.ts"
import type { Traced } from "./Tracing.ts"

/** What reads graph models is not installed. */
export class GraphModelUnavailable extends Schema.TaggedError<GraphModelUnavailable>()(
  "GraphModelUnavailable",
  { problem: Schema.String }
) {
  override get message() {
    return `the reader of graph models, which a file is checked with before it is handed over, cannot be loaded (${this.problem}). Install it: npm install @tensorflow/tfjs-converter@4.22.0`
  }
}

const load = Effect.tryPromise({
  try: () => import("@tensorflow/tfjs-converter"),
  catch: (thrown) => new GraphModelUnavailable({ problem: Thrown.said(thrown).split("\n")[0] ?? "" })
})

/** Fails if the package is not installed. */
export const check = Effect.asVoid(load)

const FOLDER = "tfjs"
const [MODEL, WEIGHTS] = ["model.json", "group1-shard1of1.bin"]

const bytesOf = ({ dtype, tensor }: Lowering.Lowered["weights"][number]): Uint8Array => {
  const { buffer, byteOffset, byteLength } = Batch.as(tensor.data, dtype)
  return new Uint8Array(buffer, byteOffset, byteLength)
}

const described = ({ name, dtype, shape }: Lowering.Port) => ({
  name: `${name}:0`,
  dtype: TYPES[dtype],
  tensorShape: { dim: shape.map((size) => ({ size: String(size) })) }
})

const byName = (ports: ReadonlyArray<Lowering.Port>) =>
  Object.fromEntries(ports.map((port) => [port.name, described(port)]))

/** What `model.json` says besides where the weights are. */
const modelOf = ({ nodes, inputs, outputs }: Lowering.Lowered, version: string) => ({
  format: "graph-model",
  generatedBy: `anneal ${version}`,
  convertedBy: null,
  signature: { inputs: byName(inputs), outputs: byName(outputs) },
  modelTopology: { node: nodes, library: {}, versions: { producer: 1_395 } }
})

const specsOf = ({ weights }: Lowering.Lowered) =>
  weights.map(({ name, dtype, tensor }) => ({ name, dtype, shape: [...tensor.shape] }))

const uploaded = (
  tf: Tf,
  { inputs }: Lowering.Lowered,
  own: ReadonlyArray<string>,
  given: HostTensors
): NamedTensorMap =>
  Object.fromEntries(
    inputs.flatMap(({ name, dtype }, i) => {
      const tensor = given[own[i] ?? ""]
      return tensor === undefined
        ? []
        : [[name, tf.tensor(Batch.as(tensor.data, dtype), [...tensor.shape], dtype)]]
    })
  )

/** What throws while it is translated is a refusal, or a defect. */
const lowered = ({ graph }: Traced) =>
  Effect.sync(() => Lowering.lower(graph)).pipe(
    Effect.catchDefect((defect) =>
      defect instanceof Unexportable ? Effect.fail(defect) : Effect.die(defect)
    )
  )

const listed = (made: Tensor | Array<Tensor> | NamedTensorMap): ReadonlyArray<Tensor> => {
  if (Array.isArray(made)) return made
  // oxlint-disable-next-line typescript/consistent-type-assertions -- asked for by a list of names, it gives tensors
  return [made as Tensor]
}

export const make = Effect.fn("TfjsExport.make")(function* (traced: Traced, { version }: Source) {
  const device = yield* Device
  const { loadGraphModelSync } = yield* load
  const net = yield* lowered(traced)
  const weights = Buffer.concat(net.weights.map(bytesOf))
  const model = modelOf(net, version)
  const specs = specsOf(net)
  const graph = yield* Effect.acquireRelease(
    Effect.sync(() =>
      loadGraphModelSync({
        ...model,
        convertedBy: "anneal",
        weightSpecs: specs,
        weightData: new Uint8Array(weights).buffer
      })
    ),
    (open) => Effect.sync(() => open.dispose())
  )
  const own = traced.graph.inputs.map(({ name }) => name)
  const run = Effect.fnUntraced(function* (given: HostTensors) {
    const made = yield* device.run("the graph model", (tf) => [
      ...listed(
        graph.execute(
          uploaded(tf, net, own, given),
          net.outputs.map(({ name }) => name)
        )
      )
    ])
    const read: Record<string, HostTensor> = {}
    for (const [i, { name }] of traced.graph.outputs.entries()) {
      const tensor = made[i]
      if (tensor !== undefined) read[name] = { data: yield* device.read(tensor), shape: tensor.shape }
    }
    device.tf.dispose(made)
    return read
  })
  const exported: Exported<DeviceError> = {
    files: {
      [`${FOLDER}/${MODEL}`]: JSON.stringify({
        ...model,
        weightsManifest: [{ paths: [WEIGHTS], weights: specs }]
      }),
      [`${FOLDER}/${WEIGHTS}`]: weights
    },
    about: { inputs: net.inputs, outputs: net.outputs, nodes: net.nodes.length },
    run
  }
  return exported
})
