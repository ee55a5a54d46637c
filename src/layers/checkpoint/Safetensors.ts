/**
 * The safetensors container: a length, a JSON header, and the tensors' bytes one after another.
 *
 * Layout (github.com/huggingface/safetensors, format 0.4): u64 little-endian header length `n`, `n` bytes of
 * JSON `{name: {dtype, shape, data_offsets: [begin, end]}}` with optional `__metadata__`, then the buffer that
 * the offsets count in. The offsets must cover that buffer without gap or overlap.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { HostData, HostTensor, HostTensors } from "../../pipeline/nn/HostTensor.ts"
import * as Dtype from "./Dtype.ts"

/** Longest header accepted, in bytes: the limit of the format's own reader. */
export const maxHeader = 100_000_000

/** The bytes are not a complete and valid safetensors file; `byte` is the offset of the problem, from 0. */
export class SafetensorsError extends Schema.TaggedError<SafetensorsError>()("SafetensorsError", {
  byte: Schema.Int,
  problem: Schema.String
}) {
  override get message() {
    return `byte ${this.byte}: ${this.problem}`
  }
}

type Failure = Result.Result<never, SafetensorsError>

const wrong = (byte: number, problem: string): Failure => Result.fail(new SafetensorsError({ byte, problem }))

/** Text about the file as a whole, kept in the header under `__metadata__`. */
export type Metadata = Readonly<Record<string, string>>

/** A tensor that a header announces. */
export interface Entry {
  readonly name: string
  /** Of the format, such as `F32` or `BF16`. */
  readonly dtype: string
  readonly shape: ReadonlyArray<number>
  /** Where its bytes begin and end, counted from the end of the header. */
  readonly begin: number
  readonly end: number
}

export interface Header {
  readonly metadata: Metadata
  readonly entries: ReadonlyArray<Entry>
  /** Bytes before the first tensor. */
  readonly base: number
}

const bytesOf = (data: HostData): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/**
 * The file in pieces, in order: the header, then each tensor's own bytes, not copied.
 *
 * Tensors of 4-byte values come before those of bytes, and the header is padded with spaces to a multiple of 8, so
 * every value is aligned to its width. The header lists the tensors in the order given.
 */
export const encode = (tensors: HostTensors, metadata: Metadata = {}): ReadonlyArray<Uint8Array> => {
  const named = Object.entries(tensors)
  const placed = [
    ...named.filter(([, tensor]) => tensor.data.BYTES_PER_ELEMENT === 4),
    ...named.filter(([, tensor]) => tensor.data.BYTES_PER_ELEMENT === 1)
  ]
  const begins = new Map<string, number>()
  let end = 0
  for (const [name, { data }] of placed) {
    begins.set(name, end)
    end += data.byteLength
  }
  const entry = ([name, tensor]: [string, HostTensor]) => {
    const begin = begins.get(name) ?? 0
    const value = {
      dtype: Dtype.of(tensor.data),
      shape: tensor.shape,
      data_offsets: [begin, begin + tensor.data.byteLength]
    }
    return `${JSON.stringify(name)}:${JSON.stringify(value)}`
  }
  const about = Object.keys(metadata).length === 0 ? [] : [`"__metadata__":${JSON.stringify(metadata)}`]
  const json = new TextEncoder().encode(`{${[...about, ...named.map(entry)].join(",")}}`)
  const head = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20)
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true)
  head.set(json, 8)
  return [head, ...placed.map(([, tensor]) => bytesOf(tensor.data))]
}

const Header = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))
const decodeHeader = Schema.decodeUnknownResult(Header)

const decodeEntry = Schema.decodeUnknownResult(
  Schema.Struct({
    dtype: Schema.String,
    shape: Schema.Array(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
    data_offsets: Schema.Tuple([Schema.Int, Schema.Int])
  })
)

/** Bytes before the first tensor of a file of `total` bytes, by its first 9; or what is wrong with that. */
export const headerEnd = (bytes: Uint8Array, total: number): Result.Result<number, SafetensorsError> => {
  if (total < 8 || bytes.length < 8)
    return wrong(bytes.length, `the file ends within the 8 bytes of the header's length`)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  if (length > BigInt(maxHeader)) return wrong(0, `a header of ${length} bytes; the limit is ${maxHeader}`)
  const end = 8 + Number(length)
  if (end > total) return wrong(total, `the file ends within its header of ${length} bytes`)
  if (bytes[8] !== 0x7b) return wrong(8, `the header does not begin with "{"`)
  return Result.succeed(end)
}

const readHeader = (
  bytes: Uint8Array,
  end: number
): Result.Result<Record<string, unknown>, SafetensorsError> =>
  Result.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, end)),
    catch: () => new SafetensorsError({ byte: 8, problem: "the header is not UTF-8" })
  }).pipe(
    Result.flatMap((text) =>
      Result.mapError(
        decodeHeader(text),
        () => new SafetensorsError({ byte: 8, problem: "the header is not a JSON object" })
      )
    )
  )

const readEntry = (name: string, value: unknown, base: number): Result.Result<Entry, SafetensorsError> => {
  const decoded = decodeEntry(value)
  if (Result.isFailure(decoded)) {
    return wrong(8, `the header's entry of "${name}" lacks a dtype, shape or data_offsets`)
  }
  const { dtype, shape } = decoded.success
  const [begin, end] = decoded.success.data_offsets
  const width = Dtype.width(dtype)
  if (width === undefined) return wrong(base + begin, `tensor "${name}" has the unknown dtype ${dtype}`)
  const bytes = shape.reduce((n, side) => n * side, width)
  if (!Number.isSafeInteger(bytes)) return wrong(8, `tensor "${name}" of shape [${shape}] is too large`)
  if (end - begin !== bytes) {
    return wrong(
      base + begin,
      `tensor "${name}" ${dtype} [${shape}] needs ${bytes} bytes, its offsets [${begin}, ${end}] give ${end - begin}`
    )
  }
  return Result.succeed({ name, dtype, shape, begin, end })
}

/** The offsets must cover each byte of the buffer exactly once. */
const checkCover = (
  entries: ReadonlyArray<Entry>,
  base: number,
  length: number
): Result.Result<void, SafetensorsError> => {
  const ordered = entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)
  let at = 0
  for (const { name, begin, end } of ordered) {
    if (begin < at) return wrong(base + begin, `tensor "${name}" overlaps the one before it`)
    if (begin > at) return wrong(base + at, `${begin - at} bytes before tensor "${name}" belong to nothing`)
    if (base + end > length) return wrong(length, `the file ends within tensor "${name}"`)
    at = end
  }
  if (base + at < length) return wrong(base + at, `${length - base - at} bytes follow the last tensor`)
  return Result.void
}

const readEntries = (
  header: Record<string, unknown>,
  base: number
): Result.Result<ReadonlyArray<Entry>, SafetensorsError> =>
  Result.all(
    Object.entries(header)
      .filter(([name]) => name !== "__metadata__")
      .map(([name, value]) => readEntry(name, value, base))
  )

/** The tensor of an entry, from its own bytes. */
export const tensorOf = (
  { name, dtype, shape, begin }: Entry,
  base: number,
  bytes: Uint8Array
): Result.Result<HostTensor, SafetensorsError> =>
  // A copy, so that the values are aligned and the file's buffer can go; `slice` of a Buffer would be a view.
  Dtype.read(dtype, new Uint8Array(bytes)).pipe(
    Result.map((data) => ({ data, shape })),
    Result.mapError(
      (cause) =>
        new SafetensorsError({
          byte: base + begin + cause.byte,
          problem: `tensor "${name}": ${cause.problem}`
        })
    )
  )

const decodeMetadata = Schema.decodeUnknownResult(Schema.Record(Schema.String, Schema.String))

/** What a file of `total` bytes holds, by its first `headerEnd` bytes; entries are in the header's order. */
export const header = (bytes: Uint8Array, total: number): Result.Result<Header, SafetensorsError> =>
  Result.gen(function* () {
    const base = yield* headerEnd(bytes, total)
    const json = yield* readHeader(bytes, base)
    const entries = yield* readEntries(json, base)
    yield* checkCover(entries, base, total)
    const metadata = Result.getOrElse(decodeMetadata(json["__metadata__"]), (): Metadata => ({}))
    return { metadata, entries, base }
  })

/**
 * The tensors of a file, in the header's order. F32, I32 and U8 are kept; F16, BF16 and F64 become float32, narrow
 * integers int32, I64 and U32 int32 if every value fits, and BOOL becomes bytes of 0 and 1.
 */
export const decode = (bytes: Uint8Array): Result.Result<HostTensors, SafetensorsError> =>
  Result.gen(function* () {
    const { entries, base } = yield* header(bytes, bytes.length)
    const tensors = entries.map((entry) =>
      Result.map(
        tensorOf(entry, base, bytes.subarray(base + entry.begin, base + entry.end)),
        (tensor) => [entry.name, tensor] as const
      )
    )
    return Object.fromEntries(yield* Result.all(tensors))
  })
