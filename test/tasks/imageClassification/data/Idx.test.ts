import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Idx from "../../../../src/tasks/imageClassification/data/Idx.ts"
import { folderOf, idx, services } from "../Files.ts"

const bytes = idx([2, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255])

const reading = (content: Uint8Array, sides = 3) =>
  Effect.flatMap(folderOf({ "pictures.idx": content }), (root) =>
    Idx.read(`${root}/pictures.idx`, sides)
  ).pipe(Effect.scoped, Effect.provide(services))

const refusal = (content: Uint8Array, sides = 3) =>
  Effect.map(Effect.flip(reading(content, sides)), ({ message }) =>
    message.replace(/^.*pictures\.idx/, "<file>")
  )

describe("Idx", () => {
  it.effect("reads sides and values, gzipped or not", () =>
    Effect.gen(function* () {
      for (const content of [bytes, gzipSync(bytes)]) {
        const { sides, data } = yield* reading(content)
        assert.deepStrictEqual(sides, [2, 2, 3])
        assert.deepStrictEqual([...data], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255])
      }
    })
  )

  it.effect("refuses what is no idx file, or one of another kind, with the file and what it is", () =>
    Effect.gen(function* () {
      assert.match(yield* refusal(new TextEncoder().encode("hello")), /^<file>: it is not an idx file\. /)
      assert.match(yield* refusal(Uint8Array.of(0, 0)), /it is not an idx file/)
      assert.match(
        yield* refusal(Uint8Array.of(0, 0, 0x0d, 3, 0, 0, 0, 0)),
        /values are of type 13, not unsigned bytes/
      )
      assert.match(yield* refusal(bytes, 1), /it has 3 sides, and labels have 1/)
      assert.match(yield* refusal(idx([3], [1, 2, 3])), /it has 1 sides, and pictures have 3/)
      assert.match(yield* refusal(bytes.subarray(0, 9)), /it ends within its header/)
    })
  )

  it.effect("refuses a file that holds less or more than it announces, and sizes beyond all memory", () =>
    Effect.gen(function* () {
      assert.match(yield* refusal(bytes.subarray(0, 20)), /announces 2 x 2 x 3 values, and it holds 4/)
      assert.match(yield* refusal(Uint8Array.of(...bytes, 1)), /announces 2 x 2 x 3 values, and it holds 13/)
      const hostile = idx([0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [1])
      assert.match(
        yield* refusal(hostile),
        /announces 4294967295 x 4294967295 x 4294967295 values, and it holds 1/
      )
    })
  )

  it.effect("refuses a gzip file that is cut off or damaged", () =>
    Effect.gen(function* () {
      const packed = gzipSync(bytes)
      assert.match(
        yield* refusal(packed.subarray(0, packed.length - 9)),
        /it is not a whole gzip file \(.+\)/
      )
      assert.match(yield* refusal(Uint8Array.of(0x1f, 0x8b, 1, 2, 3)), /it is not a whole gzip file/)
    })
  )

  it.effect("refuses a file that is absent, and a folder", () =>
    Effect.gen(function* () {
      const root = yield* folderOf({ "a/b": "" })
      assert.match(
        (yield* Effect.flip(Idx.read(`${root}/none`, 3))).message,
        /none: no such file or folder\. /
      )
      assert.match((yield* Effect.flip(Idx.read(`${root}/a`, 3))).message, /a: it is not a file\. /)
    }).pipe(Effect.scoped, Effect.provide(services))
  )
})
