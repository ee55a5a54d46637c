/** TensorBoard's events as bytes: TFRecord framing around `Event` messages (tensorboard/compat/proto). */
import type { Histogram } from "../../../pipeline/run/Histogram.ts"
import * as Pb from "../../internal/Protobuf.ts"
import type { FlatValue } from "../sink/Flat.ts"
import { masked } from "./Crc32c.ts"

/** Fills in the frame around the data, which is already there from byte 12 to 4 before the end. */
const framed = (bytes: Buffer): Uint8Array => {
  const end = bytes.length - 4
  bytes.writeUInt32LE(end - 12, 0)
  bytes.writeUInt32LE(0, 4)
  bytes.writeUInt32LE(masked(bytes.subarray(0, 8)), 8)
  bytes.writeUInt32LE(masked(bytes.subarray(12, end)), end)
  return bytes
}

/** `[length u64 | crc of length | data | crc of data]`, little-endian. */
export const record = (data: Uint8Array): Uint8Array => {
  const bytes = Buffer.allocUnsafe(data.length + 16)
  bytes.set(data, 12)
  return framed(bytes)
}

/** `wall` in seconds since 1970. */
const event = (wall: number, step: number, ...what: ReadonlyArray<Uint8Array>): Uint8Array =>
  record(Pb.message(Pb.double(1, wall), step === 0 ? new Uint8Array(0) : Pb.int(2, step), ...what))

/** The first event of a file. */
export const version = (wall: number): Uint8Array => event(wall, 0, Pb.string(3, "brain.Event:2"))

/** A session starts: readers discard what another session wrote at `step` or later (SessionLog START). */
export const sessionStart = (wall: number, step: number): Uint8Array =>
  event(wall, step, Pb.nested(7, Pb.int(1, 1)))

const value = (tag: string, ...what: ReadonlyArray<Uint8Array>): Uint8Array =>
  Pb.nested(1, Pb.string(1, tag), ...what)

const summary = (wall: number, step: number, ...values: ReadonlyArray<Uint8Array>): Uint8Array =>
  event(wall, step, Pb.nested(5, ...values))

/** A value's bytes, of which the last four are for its number. */
const scalarTemplate = (tag: string): Uint8Array => value(tag, Pb.float(2, 0))

/** The bytes around a step's numbers, which are the same for every step. */
interface Layout {
  readonly names: ReadonlyArray<string>
  readonly bytes: Uint8Array
  /** The offsets of the numbers. */
  readonly at: ReadonlyArray<number>
}

const layoutOf = (names: ReadonlyArray<string>): Layout => {
  const templates = names.map(scalarTemplate)
  let end = 0
  const at = templates.map(({ length }) => {
    end += length
    return end - 4
  })
  return { names, bytes: Buffer.concat(templates), at }
}

const isFor = ({ names }: Layout, others: ReadonlyArray<string>): boolean =>
  names.length === others.length && names.every((name, i) => name === others[i])

/** An event in one piece, with room for its frame, since there is one for every step. */
const scalarBytes = (
  wall: number,
  step: number,
  { names, bytes: template, at }: Layout,
  values: { readonly [name: string]: number }
): Buffer => {
  const stepSize = step === 0 ? 0 : 1 + Pb.varintSize(step)
  const size = 9 + stepSize + 1 + Pb.varintSize(template.length) + template.length
  const bytes = Buffer.allocUnsafe(size + 16)
  bytes[12] = 0x09
  bytes.writeDoubleLE(wall, 13)
  if (step > 0) {
    bytes[21] = 0x10
    Pb.putVarint(bytes, 22, step)
  }
  bytes[21 + stepSize] = 0x2a
  const begin = Pb.putVarint(bytes, 22 + stepSize, template.length)
  bytes.set(template, begin)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  for (let i = 0; i < names.length; i++) {
    view.setFloat32(begin + (at[i] ?? 0), values[names[i] ?? ""] ?? 0, true)
  }
  return bytes
}

/** The most layouts that are kept: those of a step, an evaluation and an epoch, and some of a user's own. */
const mostLayouts = 8

/** Numbers of one step, float32. The function caches the layouts of such steps. */
export const scalarEncoder = (): ((
  wall: number,
  step: number,
  values: { readonly [name: string]: number }
) => Uint8Array) => {
  let layouts: ReadonlyArray<Layout> = []
  const find = (names: ReadonlyArray<string>): Layout => {
    const known = layouts.find((layout) => isFor(layout, names))
    if (known !== undefined) return known
    const made = layoutOf(names)
    layouts = [made, ...layouts].slice(0, mostLayouts)
    return made
  }
  return (wall, step, values) => {
    const names = Object.keys(values)
    return framed(scalarBytes(wall, step, find(names), values))
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
        // A bucket is given by its upper limit.
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

/** A message of the hparams plugin under its tag; the tensor is there only because every value has one. */
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
