/** The configs of image classification, composed as the command line does: its own folder before the common one. */
import path from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as Config from "../../../src/config/Config.ts"
import { FitPlan } from "../../../src/pipeline/plan/Plan.ts"
import {
  ClassificationPlan,
  ClassificationTestPlan
} from "../../../src/tasks/imageClassification/ClassificationPlan.ts"
import { ModelPlan } from "../../../src/tasks/imageClassification/model/ModelPlan.ts"
import { ClassificationPredictPlan } from "../../../src/tasks/imageClassification/predict/PredictPlan.ts"

const configs = path.resolve(import.meta.dirname, "../../../configs")

/** The values of a config, as plain ones. */
const composed = Effect.fnUntraced(function* (configName: string, overrides: ReadonlyArray<string>) {
  const composition = yield* Config.compose({
    searchPath: [path.join(configs, "image_classification"), path.join(configs, "common")],
    configName,
    overrides,
    runtime: { cwd: "/", now: new Date(0), env: {}, jobName: configName },
    resolvers: new Map([["anneal.task", Config.resolver(() => Effect.succeed("image_classification"))]])
  })
  const value = yield* Config.resolve(composition)
  return typeof value === "object" && value !== null ? { ...value } : {}
})

const Keys = Schema.Record(Schema.String, Schema.Unknown)

/** Decodes the keys of `schema` with nothing left over within them. */
const decoded = Effect.fnUntraced(function* <S extends Schema.Codec<unknown, unknown>>(
  schema: S & { readonly fields: Schema.Struct.Fields },
  values: object
) {
  const all = yield* Schema.decodeUnknownEffect(Keys)(values)
  const own = Object.fromEntries(Object.entries(all).filter(([key]) => key in schema.fields))
  return yield* Schema.decodeUnknownEffect(schema)(own, { onExcessProperty: "error", errors: "all" })
})

const test = it.effect

const models = ModelPlan.members.map(({ fields }) => fields.kind.schema.literal)

describe("configs of image classification", () => {
  test("train composes with every group of its own, and all that it says is known", () =>
    Effect.gen(function* () {
      const data = {
        mnist: ["data.root=digits"],
        folder: ["data.root=pictures", "data.classes=3"],
        csv: ["data.file=table.csv", "data.classes=[cat,dog]"]
      }
      for (const [name, overrides] of Object.entries(data)) {
        for (const model of models) {
          const values = yield* composed("train", [`data=${name}`, `model=${model}`, ...overrides])
          const plan = yield* decoded(ClassificationPlan, values)
          assert.strictEqual(plan.model.kind, model)
          yield* decoded(FitPlan, values)
        }
      }
    }).pipe(Effect.provide(NodeServices.layer)))

  test("test and predict compose", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* decoded(ClassificationTestPlan, yield* composed("test", [])), {
        data: null
      })
      const other = yield* composed("test", ["data=folder", "data.root=more", "data.classes=3"])
      assert.strictEqual((yield* decoded(ClassificationTestPlan, other)).data?.kind, "folder")
      assert.deepStrictEqual(
        yield* decoded(ClassificationPredictPlan, yield* composed("predict", ["image_dir=pictures"])),
        { image_dir: "pictures", top_k: 5, class_names: null }
      )
    }).pipe(Effect.provide(NodeServices.layer)))
})
