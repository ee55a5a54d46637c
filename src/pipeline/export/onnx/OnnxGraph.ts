/** A graph of ONNX's operators (opset 17) as a plain value; `layers/export/OnnxFile.ts` writes it as a file. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: ReadonlyArray<number> }
  | { readonly tensor: Initializer }

export type Type = "float32" | "int32" | "int64" | "int8" | "uint8" | "bool"

export interface Initializer {
  readonly name: string
  readonly type: Type
  readonly dims: ReadonlyArray<number>
  /** As the file has them: little-endian, row-major. */
  readonly data: Float32Array | Int32Array | BigInt64Array | Int8Array | Uint8Array
}

export interface Node {
  readonly op: string
  readonly name: string
  readonly inputs: ReadonlyArray<string>
  readonly outputs: ReadonlyArray<string>
  readonly attributes: { readonly [name: string]: Attribute }
}

export interface Port {
  readonly name: string
  readonly type: Type
  /** A name for a side that may have any length. */
  readonly dims: ReadonlyArray<number | string>
}

export interface OnnxGraph {
  readonly nodes: ReadonlyArray<Node>
  readonly initializers: ReadonlyArray<Initializer>
  readonly inputs: ReadonlyArray<Port>
  readonly outputs: ReadonlyArray<Port>
}
