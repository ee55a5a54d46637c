/**
 * The idx format of MNIST's files (yann.lecun.com/exdb/mnist): two zero bytes, a type, the number of sides, the sides
 * as big-endian 32-bit numbers, then the values, the last side fastest. Unsigned bytes alone are read; gzip or not.
 */
import { gunzip } from "node:zlib"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Files from "./Files.ts"

export interface Idx {
  readonly sides: ReadonlyArray<number>
  readonly data: Uint8Array
}

/** Most bytes of a file, unpacked: forty times MNIST's. */
const MOST_BYTES = 2 * 1024 ** 3

const UNSIGNED_BYTE = 0x08
const AGAIN = "Fetch the file again from its source."

const unpacked = (path: string, bytes: Uint8Array): Effect.Effect<Uint8Array, DataError> =>
  Effect.callback((resume) => {
    gunzip(bytes, { maxOutputLength: MOST_BYTES }, (error, result) => {
      const problem =
        error !== null && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE"
          ? `unpacked it has more than ${MOST_BYTES} bytes, the most that are read`
          : `it is not a whole gzip file (${error?.message})`
      resume(
        error === null
          ? Effect.succeed(new Uint8Array(result.buffer, result.byteOffset, result.byteLength))
          : Effect.fail(new DataError({ where: path, problem, cure: AGAIN }))
      )
    })
  })

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** Whether a file begins as an idx file does, packed or not; what is shorter does not. */
export const isIdx = (beginning: Uint8Array): boolean =>
  isGzip(beginning) || (beginning[0] === 0 && beginning[1] === 0 && beginning[2] === UNSIGNED_BYTE)

const WHAT: { readonly [sides: number]: string } = { 1: "labels", 3: "pictures" }

/** What is wrong with a file's header for `sides` sides. */
const headerProblem = (bytes: Uint8Array, sides: number): string | undefined => {
  const [first, second, type, count] = bytes
  if (first !== 0 || second !== 0 || count === undefined) return "it is not an idx file"
  if (type !== UNSIGNED_BYTE) return `its values are of type ${type}, not unsigned bytes (${UNSIGNED_BYTE})`
  if (count !== sides) return `it has ${count} sides, and ${WHAT[sides]} have ${sides}`
  return bytes.length < 4 + 4 * sides ? "it ends within its header" : undefined
}

const parse = (path: string, bytes: Uint8Array, sides: number): Effect.Effect<Idx, DataError> => {
  const bad = (problem: string, cure = AGAIN) => Effect.fail(new DataError({ where: path, problem, cure }))
  const problem = headerProblem(bytes, sides)
  if (problem !== undefined)
    return bad(problem, "Name the files as MNIST's are named, images and labels apart.")
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read = Array.from({ length: sides }, (_, i) => view.getUint32(4 + 4 * i))
  const announced = read.reduce((product, side) => product * side, 1)
  const data = bytes.subarray(4 + 4 * sides)
  return announced === data.length
    ? Effect.succeed({ sides: read, data })
    : bad(`its header announces ${read.join(" x ")} values, and it holds ${data.length}`)
}

/** Reads a file whose values have so many sides. */
export const read = Effect.fn("Idx.read")(function* (
  path: string,
  sides: number
): Effect.fn.Return<Idx, DataError, FileSystem.FileSystem> {
  const bytes = yield* Files.bytes(path, MOST_BYTES, AGAIN)
  return yield* parse(path, isGzip(bytes) ? yield* unpacked(path, bytes) : bytes, sides)
})
