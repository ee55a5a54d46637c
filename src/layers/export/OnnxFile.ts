/** An ONNX graph as a file: onnx.proto3's `ModelProto`, IR version 8, which goes with opset 17. */
import type {
  Attribute,
  Initializer,
  Node,
  OnnxGraph,
  Port,
  Type
} from "../../pipeline/export/onnx/OnnxGraph.ts"
import * as Pb from "../internal/Protobuf.ts"

export interface About {
  /** The net's name. */
  readonly name: string
  readonly producer: { readonly name: string; readonly version: string }
  readonly opset: number
  /** Kept in the file, by key. */
  readonly metadata: { readonly [key: string]: string }
}

const IR_VERSION = 8

/** `TensorProto.DataType`. */
const types: { readonly [type in Type]: number } = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9
}

/** `TensorProto`, its numbers as `raw_data`. */
const tensorFields = ({ name, type, dims, data }: Initializer): ReadonlyArray<Uint8Array> => [
  Pb.integers(1, dims),
  Pb.int(2, types[type]),
  Pb.string(8, name),
  Pb.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
]

/** `AttributeProto.AttributeType`, and the field of the value. */
const attributeFields = (attribute: Attribute): ReadonlyArray<Uint8Array> => {
  if ("int" in attribute) return [Pb.signed(3, attribute.int), Pb.int(20, 2)]
  if ("float" in attribute) return [Pb.float(2, attribute.float), Pb.int(20, 1)]
  if ("text" in attribute) return [Pb.string(4, attribute.text), Pb.int(20, 3)]
  if ("ints" in attribute) return [Pb.integers(8, attribute.ints), Pb.int(20, 7)]
  return [Pb.nested(5, ...tensorFields(attribute.tensor)), Pb.int(20, 4)]
}

const nodeFields = ({ op, name, inputs, outputs, attributes }: Node): ReadonlyArray<Uint8Array> => [
  ...inputs.map((input) => Pb.string(1, input)),
  ...outputs.map((output) => Pb.string(2, output)),
  Pb.string(3, name),
  Pb.string(4, op),
  ...Object.entries(attributes).map(([key, value]) =>
    Pb.nested(5, Pb.string(1, key), ...attributeFields(value))
  )
]

const dimension = (side: number | string): Uint8Array =>
  Pb.nested(1, typeof side === "number" ? Pb.int(1, side) : Pb.string(2, side))

/** `ValueInfoProto`. */
const portFields = ({ name, type, dims }: Port): ReadonlyArray<Uint8Array> => [
  Pb.string(1, name),
  Pb.nested(2, Pb.nested(1, Pb.int(1, types[type]), Pb.nested(2, ...dims.map(dimension))))
]

export const encode = (graph: OnnxGraph, { name, producer, opset, metadata }: About): Uint8Array =>
  Pb.message(
    Pb.int(1, IR_VERSION),
    Pb.string(2, producer.name),
    Pb.string(3, producer.version),
    Pb.nested(
      7,
      ...graph.nodes.map((node) => Pb.nested(1, ...nodeFields(node))),
      Pb.string(2, name),
      ...graph.initializers.map((tensor) => Pb.nested(5, ...tensorFields(tensor))),
      ...graph.inputs.map((port) => Pb.nested(11, ...portFields(port))),
      ...graph.outputs.map((port) => Pb.nested(12, ...portFields(port)))
    ),
    Pb.nested(8, Pb.string(1, ""), Pb.int(2, opset)),
    ...Object.entries(metadata).map(([key, value]) => Pb.nested(14, Pb.string(1, key), Pb.string(2, value)))
  )
