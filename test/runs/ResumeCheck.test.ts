import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Flat from "../../src/layers/logger/sink/Flat.ts"
import { RunRecord } from "../../src/pipeline/run/RunDirectory.ts"
import { TrainPlan } from "../../src/runs/Plans.ts"
import * as ResumeCheck from "../../src/runs/ResumeCheck.ts"

const data = { kind: "receipts", root: "receipts" } as const
const plan = Schema.decodeUnknownSync(TrainPlan)({ data })
const keys = Flat.flatten(Schema.encodeSync(TrainPlan)(plan)).map(([key]) => key)

const record = (over: Partial<typeof RunRecord.Type> = {}) =>
  new RunRecord({
    id: "3fk2",
    kind: "train",
    status: "done",
    started: "2026-01-01T00:00:00.000Z",
    ended: null,
    command: ["anneal", "train"],
    seed: 42,
    git: null,
    versions: { node: "24" },
    engine: "wasm simd, 2 threads",
    steps: 1,
    metrics: {},
    checkpoints: [],
    error: null,
    parent: null,
    resumes: [],
    overrides: [],
    data: { train: "sha256:1" },
    durations: {},
    peakMemory: null,
    ...over
  })

describe("digest", () => {
  it.effect("is of what every number hangs on, and of nothing else", () =>
    Effect.gen(function* () {
      const { trainer } = plan
      const digest = yield* ResumeCheck.digest(plan)
      const resumed = {
        ...plan,
        resume: "last",
        exp_name: "another",
        trainer: { ...trainer, max_epochs: 99 }
      }
      assert.strictEqual(yield* ResumeCheck.digest(resumed), digest)
      assert.notStrictEqual(yield* ResumeCheck.digest({ ...plan, seed: 43 }), digest)
    })
  )
})

describe("weights", () => {
  it.each([
    ["seed", "exact"],
    ["optimizer.lr", "exact"],
    ["optimizer.betas", "exact"],
    ["schedule.warmup_steps", "exact"],
    ["data.batch_size", "exact"],
    ["data.augment.crop", "exact"],
    ["model.stem", "exact"],
    ["loss.binary", "exact"],
    ["engine", "exact"],
    ["train data", "exact"],
    ["trainer.accumulate_grad_batches", "exact"],
    ["trainer.gradient_clip_val", "exact"],
    ["trainer.precision", "exact"],
    ["callbacks.ema_weight_averaging.decay", "exact"],
    ["trainer.a_key_of_tomorrow", "exact"],
    ["trainer.limit_train_batches", "shown"],
    ["callbacks.early_stopping.patience", "shown"],
    ["version.node", "shown"],
    ["trainer.max_epochs", "free"],
    ["trainer.max_steps", "free"],
    ["trainer.accelerator", "free"],
    ["logger.wandb.tags", "free"],
    ["paths.output_dir", "free"],
    ["data.root", "free"],
    ["data.workers", "free"]
  ])("%s is %s", (key, weight) => {
    assert.strictEqual(ResumeCheck.weightOf(key), weight)
  })

  it("name keys that the plan has", () => {
    const facts = new Set(["commit", "version", "threads", "data.test_size"])
    for (const key of Object.keys(ResumeCheck.weights)) {
      assert.isTrue(facts.has(key) || keys.some((one) => one === key || one.startsWith(`${key}.`)), key)
    }
  })
})

describe("changes", () => {
  it("are what differs, on one side alone too, but for what says how to resume", () => {
    const before = new Map<string, Flat.FlatValue>([
      ["seed", 42],
      ["schedule.steps", 9],
      ["resume", "null"],
      ["exp_name", "a"]
    ])
    const now = new Map<string, Flat.FlatValue>([
      ["seed", 7],
      ["schedule.gamma", 0.1],
      ["resume", "last"],
      ["exp_name", "a"]
    ])
    assert.deepStrictEqual(ResumeCheck.changes(before, now), [
      { key: "seed", before: 42, now: 7 },
      { key: "schedule.steps", before: 9, now: null },
      { key: "schedule.gamma", before: null, now: 0.1 }
    ])
  })
})

describe("latest", () => {
  it("is what the newest attempt came to say, and before it those before", () => {
    const at = { at: "2026-01-02T00:00:00.000Z", command: [] }
    const resumes = [{ ...at, engine: "plain JavaScript, 1 thread", data: { train: "sha256:2" } }, at]
    assert.deepStrictEqual(ResumeCheck.latest(record({ resumes })), {
      engine: "plain JavaScript, 1 thread",
      data: { train: "sha256:2" },
      versions: { node: "24" },
      git: null
    })
  })
})

describe("checkProgram", () => {
  const refused = (over: Partial<typeof RunRecord.Type>, value: unknown = { data }) =>
    Effect.map(
      Effect.flip(ResumeCheck.checkProgram("run", record(over), value, "anneal")),
      ({ message }) => message
    )

  it.effect("takes what anneal train began, and names the program of anything else", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* ResumeCheck.checkProgram("run", record(), { data }, "anneal"), plan)
      assert.match(
        yield* refused({ command: ["node", "mine.ts"] }),
        /belongs to another program.*node mine\.ts$/
      )
      assert.match(yield* refused({}, { seed: 1 }), /belongs to another program.*anneal train$/)
      assert.match(yield* refused({ kind: "test" }), /is a test run/)
    })
  )
})
