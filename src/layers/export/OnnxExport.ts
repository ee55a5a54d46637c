/** A recorded net as `onnx/model.onnx`, run by ONNX Runtime. */
import * as Effect from "effect/Effect"
import * as Builder from "../../pipeline/export/onnx/Builder.ts"
import * as Lowering from "../../pipeline/export/onnx/Lowering.ts"
import * as Quantise from "../../pipeline/export/onnx/Quantise.ts"
import { Unexportable } from "../../pipeline/export/Trace.ts"
import type { HostTensor, HostTensors } from "../../pipeline/nn/HostTensor.ts"
import type { Exported, Source } from "./Exported.ts"
import * as OnnxFile from "./OnnxFile.ts"
import * as OnnxRuntime from "./OnnxRuntime.ts"
import type { Traced } from "./Tracing.ts"

const [TO_CHANNELS, TO_PLAIN] = [
  [0, 3, 1, 2],
  [0, 2, 3, 1]
] as const

/** A tensor of a batch as the file takes it: channels first where it does, and whole numbers as float32 where it does. */
const fed = ({ layout, type }: Lowering.Tensor, tensor: HostTensor): OnnxRuntime.Fed => {
  const { data, shape } = layout === "channels" ? Builder.transposed(tensor, TO_CHANNELS) : tensor
  if (type === "float32") return { type, data: Float32Array.from(data), shape }
  return { type: type === "bool" ? "bool" : "int32", data, shape }
}

/** Names of the engine's tensors and of the file's, side by side. */
const pairs = (
  own: ReadonlyArray<{ readonly name: string }>,
  ports: ReadonlyArray<Lowering.Tensor>
): ReadonlyArray<readonly [string, Lowering.Tensor]> =>
  ports.flatMap((port, i) => {
    const name = own[i]?.name
    return name === undefined ? [] : [[name, port] as const]
  })

/** The file's inputs from the engine's, and the engine's outputs from the file's. */
export const translation = ({ graph }: Traced, { inputs, outputs }: Lowering.Lowered) => ({
  feeds: (given: HostTensors): { readonly [name: string]: OnnxRuntime.Fed } =>
    Object.fromEntries(
      pairs(graph.inputs, inputs).flatMap(([name, port]) => {
        const tensor = given[name]
        return tensor === undefined ? [] : [[port.name, fed(port, tensor)] as const]
      })
    ),
  results: (made: HostTensors): HostTensors =>
    Object.fromEntries(
      pairs(graph.outputs, outputs).flatMap(([name, port]) => {
        const tensor = made[port.name]
        if (tensor === undefined) return []
        return [[name, port.layout === "channels" ? Builder.transposed(tensor, TO_PLAIN) : tensor] as const]
      })
    )
})

/** What the translation throws that is no refusal is a defect. */
const lowered = (traced: Traced) =>
  Effect.sync(() => Lowering.lower(traced.graph)).pipe(
    Effect.catchDefect((defect) =>
      defect instanceof Unexportable ? Effect.fail(defect) : Effect.die(defect)
    )
  )

/** What `export.json` says of an input or an output. */
const describe = ({ name, type, dims, layout }: Lowering.Tensor) => ({
  name,
  type,
  dims,
  ...(dims.length === 4 ? { layout: layout === "channels" ? "NCHW" : "NHWC" } : {})
})

const FILE = "onnx/model.onnx"
/** What transformers.js loads for `dtype: "q8"`. */
const QUANTISED = "onnx/model_quantized.onnx"

/** A net in ONNX, open in ONNX Runtime. */
const opened = Effect.fnUntraced(function* (
  traced: Traced,
  net: Lowering.Lowered,
  { name, version, metadata }: Source
) {
  const producer = { name: "anneal", version }
  const file = OnnxFile.encode(net.graph, { name, producer, opset: Lowering.OPSET, metadata })
  const session = yield* OnnxRuntime.open(file)
  const { feeds, results } = translation(traced, net)
  return {
    file,
    version: session.version,
    run: (inputs: HostTensors) => Effect.map(session.run(feeds(inputs)), results)
  }
})

type Exporting = Exported<OnnxRuntime.OnnxRuntimeFailed>

/** The net as a file. */
export const make = Effect.fn("OnnxExport.make")(function* (traced: Traced, source: Source) {
  const net = yield* lowered(traced)
  const { file, run, version } = yield* opened(traced, net, source)
  const exported: Exporting = {
    files: { [FILE]: file },
    about: {
      opset: Lowering.OPSET,
      inputs: net.inputs.map(describe),
      outputs: net.outputs.map(describe),
      nodes: net.graph.nodes.length,
      onnxruntime: version
    },
    run
  }
  return { exported, net }
})

/** The same net with weights of 8 bits. */
export const quantised = Effect.fn("OnnxExport.quantised")(function* (
  traced: Traced,
  net: Lowering.Lowered,
  source: Source
) {
  const small = { ...net, graph: Quantise.quantise(net.graph) }
  const { file, run } = yield* opened(traced, small, source)
  const exported: Exporting = {
    files: { [QUANTISED]: file },
    about: { weights: "int8, a factor for each channel; computed in float32", bytes: file.length },
    run
  }
  return exported
})
