import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Safetensors from "../../../src/layers/checkpoint/Safetensors.ts"
import type { HostTensors } from "../../../src/pipeline/nn/HostTensor.ts"
import * as python from "../python.ts"

const tensors: HostTensors = {
  mask: { data: Uint8Array.of(0, 1, 255), shape: [3] },
  "encoder.conv.weight": {
    data: Float32Array.of(1.5, -0, 1e-45, Number.POSITIVE_INFINITY),
    shape: [2, 1, 2]
  },
  step: { data: Int32Array.of(-7), shape: [] },
  empty: { data: new Float32Array(0), shape: [0, 4] },
  'quo"té': { data: Float32Array.of(0.1), shape: [1] }
}

const bytesOf = (given: HostTensors, metadata?: Safetensors.Metadata) =>
  new Uint8Array(Buffer.concat(Safetensors.encode(given, metadata)))

const decoded = (bytes: Uint8Array) => Result.getOrThrow(Safetensors.decode(bytes))

const fault = (bytes: Uint8Array): string => {
  const result = Safetensors.decode(bytes)
  return Result.isFailure(result) ? result.failure.message : "no fault"
}

/** A file whose header is the given text or value, followed by `buffer`. */
const raw = (header: unknown, buffer: Uint8Array = new Uint8Array(0)): Uint8Array => {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + buffer.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  bytes.set(buffer, 8 + json.length)
  return bytes
}

const entry = (dtype: string, shape: ReadonlyArray<number>, begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end]
})

describe("Safetensors", () => {
  it("gives back the values, shapes and order that it wrote, to the last bit", () => {
    const back = decoded(bytesOf(tensors, { format: "tf" }))
    assert.deepStrictEqual(Object.keys(back), Object.keys(tensors))
    for (const [name, { data, shape }] of Object.entries(tensors)) {
      assert.deepStrictEqual(back[name]?.shape, shape)
      assert.strictEqual(back[name]?.data.constructor, data.constructor)
      const bits = (of: typeof data) => Buffer.from(of.buffer, of.byteOffset, of.byteLength).toString("hex")
      assert.strictEqual(back[name] === undefined ? "" : bits(back[name].data), bits(data))
    }
  })

  it("writes values where typed arrays may view them, whatever the order of types", () => {
    const bytes = bytesOf({
      b: { data: Uint8Array.of(1), shape: [1] },
      f: { data: Float32Array.of(2), shape: [1] }
    })
    const header = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    assert.strictEqual(header % 8, 0)
    assert.strictEqual(new DataView(bytes.buffer).getFloat32(8 + header, true), 2)
  })

  it("reads a Buffer that lies anywhere in a larger one", () => {
    const bytes = bytesOf(tensors)
    const larger = Buffer.concat([Buffer.alloc(3, 9), bytes, Buffer.alloc(5, 9)])
    assert.deepStrictEqual(decoded(larger.subarray(3, 3 + bytes.length)), decoded(bytes))
  })

  it("writes a file of no tensors", () => {
    assert.deepStrictEqual(decoded(bytesOf({})), {})
  })

  it.each([
    [
      "F16",
      Uint16Array.of(0x3c00, 0x8000, 0x0001, 0x7c00, 0xc000, 0x3555),
      [1, -0, 2 ** -24, Infinity, -2, 0.333251953125]
    ],
    ["BF16", Uint16Array.of(0x3f80, 0xc000, 0x7f80), [1, -2, Infinity]],
    ["F64", Float64Array.of(0.1, -1e300), [Math.fround(0.1), -Infinity]],
    ["I64", BigInt64Array.of(-5n, 2147483647n), [-5, 2147483647]],
    ["U16", Uint16Array.of(65535), [65535]],
    ["I8", Int8Array.of(-1), [-1]],
    ["BOOL", Uint8Array.of(1, 0), [1, 0]]
  ])("reads %s", (dtype, values, expected) => {
    const buffer = new Uint8Array(values.buffer)
    const file = raw({ x: entry(dtype, [values.length], 0, buffer.length) }, buffer)
    assert.deepStrictEqual(Array.from(decoded(file)["x"]?.data ?? []), expected)
  })

  it("keeps NaN in half precision", () => {
    const buffer = new Uint8Array(Uint16Array.of(0x7e00).buffer)
    assert.isNaN(decoded(raw({ x: entry("F16", [1], 0, 2) }, buffer))["x"]?.data[0])
  })

  it.each([
    [
      "a file of 3 bytes",
      new Uint8Array(3),
      "byte 3: the file ends within the 8 bytes of the header's length"
    ],
    [
      "a huge header",
      Uint8Array.of(0, 0, 0, 0, 255, 0, 0, 0),
      "byte 0: a header of 1095216660480 bytes; the limit is 100000000"
    ],
    ["a cut header", raw('{"x":').subarray(0, 10), "byte 10: the file ends within its header of 5 bytes"],
    ["a header that is a list", raw("[]"), 'byte 8: the header does not begin with "{"'],
    ["a header that is not UTF-8", raw("{}").with(9, 0xff), "byte 8: the header is not UTF-8"],
    ["a header that is not JSON", raw("{nope}"), "byte 8: the header is not a JSON object"],
    [
      "an entry without shape",
      raw({ x: { dtype: "F32" } }),
      `byte 8: the header's entry of "x" lacks a dtype, shape or data_offsets`
    ],
    [
      "a negative side",
      raw({ x: entry("F32", [-1], 0, 0) }),
      `byte 8: the header's entry of "x" lacks a dtype, shape or data_offsets`
    ],
    ["an unknown dtype", raw({ x: entry("F4", [2], 0, 1) }), 'tensor "x" has the unknown dtype F4'],
    [
      "offsets of another size",
      raw({ x: entry("F32", [2], 0, 4) }),
      'tensor "x" F32 [2] needs 8 bytes, its offsets [0, 4] give 4'
    ],
    ["offsets turned round", raw({ x: entry("U8", [0], 4, 0) }), "its offsets [4, 0] give -4"],
    [
      "an overlap",
      raw({ a: entry("U8", [4], 0, 4), b: entry("U8", [4], 2, 6) }, new Uint8Array(6)),
      'tensor "b" overlaps the one before it'
    ],
    [
      "a hole",
      raw({ a: entry("U8", [2], 0, 2), b: entry("U8", [2], 4, 6) }, new Uint8Array(6)),
      '2 bytes before tensor "b" belong to nothing'
    ],
    [
      "a cut buffer",
      raw({ a: entry("U8", [4], 0, 4) }, new Uint8Array(3)),
      'the file ends within tensor "a"'
    ],
    [
      "bytes after the end",
      raw({ a: entry("U8", [1], 0, 1) }, new Uint8Array(9)),
      "8 bytes follow the last tensor"
    ],
    ["a product that overflows", raw({ a: entry("F32", [2 ** 40, 2 ** 40], 0, 0) }), "is too large"],
    [
      "a whole number beyond int32",
      raw({ a: entry("I64", [2], 0, 16) }, new Uint8Array(BigInt64Array.of(1n, 2147483648n).buffer)),
      'tensor "a": the value 2147483648 does not fit int32'
    ]
  ])("refuses %s, saying where", (_, bytes, message) => {
    assert.include(fault(bytes), message)
    assert.match(fault(bytes), /^byte \d+: /)
  })

  it("refuses a file cut at any byte", () => {
    const whole = bytesOf(tensors)
    for (let length = 0; length < whole.length; length++) {
      assert.notStrictEqual(fault(whole.subarray(0, length)), "no fault", `cut to ${length} bytes`)
    }
  })

  const Read = Schema.Record(
    Schema.String,
    Schema.Struct({ shape: Schema.Array(Schema.Int), hex: Schema.String })
  )
  const interpreter = python.withModules("safetensors", "numpy")
  it("is read by the format's own Python reader", (context) => {
    if (interpreter === undefined) {
      python.skipped("safetensors read by Python", ["safetensors", "numpy"])
      return context.skip()
    }
    const folder = mkdtempSync(join(tmpdir(), "anneal-safetensors-"))
    writeFileSync(join(folder, "x.safetensors"), bytesOf(tensors, { format: "tf" }))
    const script =
      "import sys,json\nfrom safetensors.numpy import load_file\n" +
      "t=load_file(sys.argv[1])\nprint(json.dumps({k:{'shape':list(v.shape),'hex':v.tobytes().hex()} for k,v in t.items()}))"
    const read = Schema.decodeUnknownSync(Read)(
      python.run(interpreter, script, [join(folder, "x.safetensors")])
    )
    rmSync(folder, { recursive: true })
    for (const [name, { data, shape }] of Object.entries(tensors)) {
      assert.deepStrictEqual(read[name]?.shape, [...shape], name)
      assert.strictEqual(
        read[name]?.hex,
        Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex")
      )
    }
    assert.strictEqual(Object.keys(read).length, Object.keys(tensors).length)
  })
})
