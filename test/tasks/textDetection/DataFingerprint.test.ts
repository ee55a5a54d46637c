import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import * as DataFingerprint from "../../../src/tasks/textDetection/DataFingerprint.ts"
import { DataPlan } from "../../../src/tasks/textDetection/DetectionPlan.ts"
import type { Entry } from "../../../src/tasks/textDetection/data/FolderCheck.ts"

const plan = Schema.decodeUnknownSync(DataPlan)
const drawn = (over: object, seed = 42, set: "train" | "val" = "train") =>
  DataFingerprint.ofSet(plan({ kind: "synthetic", ...over }), seed, set, [])

const entry = (path: string, x: number): Entry => ({
  name: "a.png",
  path,
  size: { width: 4, height: 4 },
  regions: [
    {
      id: "0001",
      ignore: false,
      polygon: [
        [x, 0],
        [4, 0],
        [4, 4]
      ]
    }
  ]
})

describe("DataFingerprint", () => {
  it.effect("distinguishes drawn sets by seed, set and size, and by nothing that does not change them", () =>
    Effect.gen(function* () {
      const one = yield* drawn({})
      assert.match(one, /^sha256:[0-9a-f]{64}$/)
      assert.strictEqual(yield* drawn({ batch_size: 4, workers: 0 }), one)
      const others = [drawn({}, 43), drawn({}, 42, "val"), drawn({ train_size: 8 }), drawn({ width: [9, 9] })]
      for (const other of others) assert.notStrictEqual(yield* other, one)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("distinguishes folders by the bytes of a picture and by a region", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const path = join(yield* fs.makeTempDirectoryScoped(), "a.png")
        const of = (x: number) =>
          DataFingerprint.ofSet(plan({ kind: "receipts", root: "." }), 42, "train", [entry(path, x)])
        yield* fs.writeFileString(path, "123")
        const one = yield* of(0)
        assert.strictEqual(yield* of(0), one)
        assert.notStrictEqual(yield* of(1), one)
        yield* fs.writeFileString(path, "1234")
        assert.notStrictEqual(yield* of(0), one)
      })
    ).pipe(Effect.provide(NodeServices.layer))
  )
})
