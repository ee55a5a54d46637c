import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { LoggerPlan } from "../../../src/pipeline/plan/LoggerPlan.ts"

const decode = Schema.decodeUnknownResult(LoggerPlan, { errors: "all", onExcessProperty: "error" })
const decoded = (value: unknown) => Result.getOrThrow(decode(value))
const refusal = (value: unknown) => Result.getOrThrow(Result.flip(decode(value))).message

/** A block that people bring along, with switches that only older trackers needed. */
const broughtBlock = {
  enabled: true,
  log_model: "all",
  project_name: "receipt-text-recognition-ocr-project",
  exp_version: "v1.0",
  settings: { offline: false, save_code: false, sync_dir: null },
  per_batch_image_logging: {
    enabled: false,
    recall_threshold: 0.4,
    max_batches_per_epoch: 2,
    max_images_per_batch: 4,
    use_transformed_batch: true,
    image_format: "jpeg",
    max_image_side: 640
  }
}

describe("LoggerPlan", () => {
  it.each([
    ["absent", {}, false],
    ["false", { wandb: false }, false],
    ["null", { wandb: null }, false],
    ["true", { wandb: true }, true],
    ["a block that is off", { wandb: { enabled: false } }, false],
    ["a block that is on", { wandb: { enabled: true } }, true],
    ["an empty block", { wandb: {} }, true],
    ["a block brought along", { wandb: broughtBlock }, true],
    ["a block brought along, off", { wandb: { ...broughtBlock, enabled: false } }, false]
  ])("decodes wandb: %s", (_, value, enabled) => {
    const { wandb } = decoded(value)
    assert.strictEqual(wandb.enabled, enabled)
    assert.deepStrictEqual(Object.keys(wandb).sort(), Object.keys(decoded({ wandb: true }).wandb).sort())
    assert.deepStrictEqual(wandb.settings, { offline: false, save_code: false, sync_dir: null })
  })

  it("keeps what a block says", () => {
    assert.strictEqual(decoded({ wandb: broughtBlock }).wandb.log_model, "all")
    assert.strictEqual(decoded({ wandb: { enabled: false, project_name: "p" } }).wandb.project_name, "p")
  })

  it("has every sink off by default", () => {
    const { finish_timeout, images, ...sinks } = decoded({})
    assert.deepStrictEqual(images, { per_evaluation: 4, max_side: 640 })
    assert.strictEqual(finish_timeout, 10)
    for (const [name, { enabled }] of Object.entries(sinks)) assert.isFalse(enabled, name)
  })

  it("refuses what it does not know, where it stands", () => {
    assert.include(refusal({ wandb: { project: "p" } }), '["wandb"]["project"]')
    assert.include(refusal({ wandb: "yes" }), '["wandb"]')
    assert.include(refusal({ comet: true }), '["comet"]')
  })

  it.each([
    ["wandb", "base_url", "WANDB_API_KEY"],
    ["mlflow", "tracking_uri", "MLFLOW_TRACKING_PASSWORD"],
    ["opentelemetry", "endpoint", "OTEL_EXPORTER_OTLP_HEADERS"]
  ])(
    "refuses a login in the address of %s, which would be recorded, and names what takes it",
    (sink, key, name) => {
      assert.include(refusal({ [sink]: { [key]: "https://joe:hunter2@host/path" } }), name)
      assert.include(refusal({ [sink]: { [key]: "http://token@host" } }), name)
      for (const password of ["pa/ss", "pa?ss", "pa#ss", "/pass"]) {
        assert.include(refusal({ [sink]: { [key]: `http://joe:${password}@host` } }), name)
      }
      decoded({ [sink]: { [key]: "http://host:5000/a?b=c@d" } })
    }
  )

  it("encodes to what decodes to the same", () => {
    const plan = decoded({ csv: true, wandb: broughtBlock })
    assert.deepStrictEqual(decoded(Schema.encodeUnknownSync(LoggerPlan)(plan)), plan)
  })
})
