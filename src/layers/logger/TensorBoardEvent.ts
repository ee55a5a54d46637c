/** TensorBoard's events as bytes: TFRecord framing around `Event` messages (tensorboard/compat/proto). */
import type { Histogram } from "../../pipeline/Histogram.ts"
import { masked } from "./Crc32c.ts"
import type { FlatValue } from "./Flat.ts"
import * as Pb from "./Protobuf.ts"

/** `[length u64 | crc of length | data | crc of data]`, little-endian. */
export const record = (data: Uint8Array): Uint8Array => {
  const bytes = Buffer.alloc(data.length + 16)
  bytes.writeUInt32LE(data.length, 0)
  bytes.writeUInt32LE(masked(bytes.subarray(0, 8)), 8)
  bytes.set(data, 12)
  bytes.writeUInt32LE(masked(data), 12 + data.length)
  return bytes
}

/** `wall` in seconds since 1970. */
const event = (wall: number, step: number, ...what: ReadonlyArray<Uint8Array>): Uint8Array =>
  record(Pb.message(Pb.double(1, wall), step === 0 ? new Uint8Array(0) : Pb.int(2, step), ...what))

/** The first event of a file. */
export const version = (wall: number): Uint8Array => event(wall, 0, Pb.string(3, "brain.Event:2"))

/** A session begins: what was written at `step` or later by another is to be forgotten (SessionLog START). */
export const sessionStart = (wall: number, step: number): Uint8Array =>
  event(wall, step, Pb.nested(7, Pb.int(1, 1)))

const value = (tag: string, ...what: ReadonlyArray<Uint8Array>): Uint8Array =>
  Pb.nested(1, Pb.string(1, tag), ...what)

const summary = (wall: number, step: number, ...values: ReadonlyArray<Uint8Array>): Uint8Array =>
  event(wall, step, Pb.nested(5, ...values))

/** A value's bytes with its number left to fill in: the last four. */
const scalarTemplate = (tag: string): Uint8Array => value(tag, Pb.float(2, 0))

/**
 * Numbers of one step, float32. The function remembers the bytes of each tag, since the same ones come again
 * with every step.
 */
export const scalarEncoder = (): ((
  wall: number,
  step: number,
  values: { readonly [name: string]: number }
) => Uint8Array) => {
  const templates = new Map<string, Uint8Array>()
  const templateOf = (tag: string): Uint8Array => {
    const known = templates.get(tag) ?? scalarTemplate(tag)
    templates.set(tag, known)
    return known
  }
  return (wall, step, values) => {
    const named = Object.entries(values)
    const data = Buffer.concat(named.map(([tag]) => templateOf(tag)))
    let end = 0
    for (const [tag, number] of named) {
      end += templateOf(tag).length
      data.writeFloatLE(number, end - 4)
    }
    return event(wall, step, Pb.bytes(5, data))
  }
}

export interface EncodedImage {
  readonly png: Uint8Array
  readonly width: number
  readonly height: number
}

export const image = (wall: number, step: number, tag: string, { png, width, height }: EncodedImage) =>
  summary(
    wall,
    step,
    value(tag, Pb.nested(4, Pb.int(1, height), Pb.int(2, width), Pb.int(3, 3), Pb.bytes(4, png)))
  )

export const histogram = (wall: number, step: number, tag: string, histo: Histogram): Uint8Array =>
  summary(
    wall,
    step,
    value(
      tag,
      Pb.nested(
        5,
        Pb.double(1, histo.min),
        Pb.double(2, histo.max),
        Pb.double(3, histo.count),
        Pb.double(4, histo.sum),
        Pb.double(5, histo.sumOfSquares),
        // A bucket is told by its upper limit.
        Pb.doubles(6, histo.edges.subarray(1)),
        Pb.doubles(7, histo.counts)
      )
    )
  )

const metadata = (plugin: string, content: Uint8Array = new Uint8Array(0)): Uint8Array =>
  Pb.nested(9, Pb.nested(1, Pb.string(1, plugin), Pb.bytes(2, content)))

/** A tensor of shape [1]; dtypes: 1 float, 7 string. */
const tensor = (dtype: number, content: Uint8Array): Uint8Array =>
  Pb.nested(8, Pb.int(1, dtype), Pb.nested(2, Pb.nested(2, Pb.int(1, 1))), content)

export const text = (wall: number, step: number, tag: string, words: string): Uint8Array =>
  summary(wall, step, value(tag, tensor(7, Pb.string(8, words)), metadata("text")))

/** A message of the hparams plugin under its tag; the tensor is only there because every value has one. */
const hparams = (wall: number, tag: string, field: number, ...content: ReadonlyArray<Uint8Array>) =>
  summary(
    wall,
    0,
    value(
      `_hparams_/${tag}`,
      tensor(1, Pb.float(5, 0)),
      metadata("hparams", Pb.message(Pb.nested(field, ...content)))
    )
  )

/** google.protobuf.Value. */
const anyValue = (given: FlatValue): Uint8Array => {
  if (typeof given === "number") return Pb.double(2, given)
  return typeof given === "boolean" ? Pb.bool(4, given) : Pb.string(3, given)
}

export type Hparams = ReadonlyArray<readonly [string, FlatValue]>

export const hparamsStart = (wall: number, group: string, values: Hparams): Uint8Array =>
  hparams(
    wall,
    "session_start_info",
    3,
    ...values.map(([name, given]) => Pb.nested(1, Pb.string(1, name), Pb.nested(2, anyValue(given)))),
    Pb.string(4, group),
    Pb.double(5, wall)
  )

/** DataType of HParamInfo: 1 string, 2 bool, 3 float64. */
const dataType = (given: FlatValue): number => {
  if (typeof given === "number") return 3
  return typeof given === "boolean" ? 2 : 1
}

/** Which hyper-parameters there are, and which metrics the table shows beside them. */
export const hparamsExperiment = (
  wall: number,
  values: Hparams,
  metrics: ReadonlyArray<string>
): Uint8Array =>
  hparams(
    wall,
    "experiment",
    2,
    ...values.map(([name, given]) => Pb.nested(4, Pb.string(1, name), Pb.int(4, dataType(given)))),
    ...metrics.map((tag) => Pb.nested(5, Pb.nested(1, Pb.string(2, tag))))
  )

/** Status: 1 success, 2 failure. */
export const hparamsEnd = (wall: number, succeeded: boolean): Uint8Array =>
  hparams(wall, "session_end_info", 4, Pb.int(1, succeeded ? 1 : 2), Pb.double(2, wall))
