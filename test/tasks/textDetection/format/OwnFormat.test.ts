/** A layout of the user's own, by the path of its module. */
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ReceiptsData } from "../../../../src/tasks/textDetection/DetectionPlan.ts"
import * as OwnFormat from "../../../../src/tasks/textDetection/format/OwnFormat.ts"
import boxes from "./fixtures/boxes.ts"

const fixture = (name: string): `${string}.ts` =>
  `${fileURLToPath(new URL("./fixtures", import.meta.url))}/${name}.ts`

const planned = (format: string) =>
  Schema.decodeUnknownEffect(ReceiptsData)({ kind: "receipts", root: "r", format })

describe("data.format", () => {
  it.effect("takes the name of a layout, or the path of a module, and nothing else", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* planned("coco")).format, "coco")
      assert.strictEqual((yield* planned("./src/boxes.ts")).format, "./src/boxes.ts")
      assert.match(String(yield* Effect.flip(planned("cocoo"))), /Expected "auto" .*\["format"\]/s)
    })
  )

  it.effect("is the default export of a module, or what is known by its name", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* OwnFormat.of<"coco">("coco"), "coco")
      const loaded = yield* OwnFormat.of(fixture("boxes"))
      assert.deepStrictEqual(typeof loaded === "string" ? loaded : loaded.name, boxes.name)
    })
  )

  it.effect("is refused where a module exports something else, throws, or is not there", () =>
    Effect.gen(function* () {
      const refusal = (name: string) => Effect.map(Effect.flip(OwnFormat.of(fixture(name))), String)
      assert.match(
        yield* refusal("none"),
        /none\.ts: the module exports no layout of annotations.*export default/s
      )
      assert.match(
        yield* refusal("several"),
        /several\.ts: the module exports several layouts, and none by default/
      )
      assert.match(yield* refusal("throws"), /throws\.ts: the layout cannot be loaded: no luck/)
      assert.match(yield* refusal("absent"), /absent\.ts: the layout cannot be loaded/)
    })
  )
})
