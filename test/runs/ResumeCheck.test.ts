import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Flat from "../../src/layers/logger/sink/Flat.ts"
import { RunRecord } from "../../src/pipeline/run/RunDirectory.ts"
import * as Plans from "../../src/runs/Plans.ts"
import * as ResumeCheck from "../../src/runs/ResumeCheck.ts"
import detector from "../../src/tasks/textDetection/DetectionModule.ts"

const data = { kind: "receipts", root: "receipts" } as const

/** The plan of the detector that leaves all else to the defaults, encoded. */
const encoded = (input: object = {}) =>
  Plans.decode(detector, "train", { data, ...input }).pipe(
    Effect.flatMap((value) => Plans.trainPlan(detector, value)),
    Effect.map((plan) => plan.encoded)
  )

const keys = Effect.map(encoded(), (plan) => Flat.flatten(plan).map(([key]) => key))

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
      const digestOf = (input: object = {}) =>
        Effect.map(encoded(input), (plan) => ResumeCheck.digest(detector, { encoded: plan }))
      const digest = yield* digestOf()
      const resumed = { resume: "last", exp_name: "another", trainer: { max_epochs: 99 } }
      assert.strictEqual(yield* digestOf(resumed), digest)
      assert.strictEqual(yield* digestOf({ data: { ...data, workers: 3 } }), digest)
      assert.notStrictEqual(yield* digestOf({ seed: 43 }), digest)
      assert.notStrictEqual(yield* digestOf({ data: { ...data, batch_size: 3 } }), digest)
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
    ["task module", "shown"],
    ["data.root", "free"],
    ["data.workers", "free"],
    ["data.val_batch_size", "shown"]
  ])("%s is %s", (key, weight) => {
    assert.strictEqual(ResumeCheck.weightOf(key, detector.onResume), weight)
  })

  it("that a task adds are of its own keys alone", () => {
    const own = { "data.root": "free", "optimizer.lr": "free", "trainer.max_epochs": "shown" } as const
    assert.strictEqual(ResumeCheck.weightOf("data.root"), "exact")
    assert.strictEqual(ResumeCheck.weightOf("data.root", own), "free")
    assert.strictEqual(ResumeCheck.weightOf("optimizer.lr", own), "exact")
    assert.strictEqual(ResumeCheck.weightOf("trainer.max_epochs", own), "free")
  })

  it.effect("name keys that the plan has", () =>
    Effect.gen(function* () {
      const facts = new Set(["commit", "version", "threads", "task module", "data.test_size"])
      const known = yield* keys
      for (const key of Object.keys({ ...ResumeCheck.weights, ...detector.onResume })) {
        assert.isTrue(facts.has(key) || known.some((one) => one === key || one.startsWith(`${key}.`)), key)
      }
    })
  )
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
      git: null,
      module: undefined
    })
  })
})

describe("checkProgram", () => {
  const refused = (over: Partial<typeof RunRecord.Type>, value: unknown = { data }) =>
    Effect.map(
      Effect.flip(ResumeCheck.checkProgram(detector, "run", record(over), value, "anneal")),
      ({ message }) => message
    )

  it.effect("takes what anneal train began, and names the program of anything else", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* ResumeCheck.checkProgram(detector, "run", record(), { data }, "anneal"),
        yield* encoded()
      )
      assert.match(
        yield* refused({ command: ["node", "mine.ts"] }),
        /belongs to another program.*node mine\.ts$/
      )
      assert.match(yield* refused({}, { seed: 1 }), /belongs to another program.*anneal train$/)
      assert.match(yield* refused({ kind: "test" }), /is a test run/)
      assert.match(
        yield* refused({ task: { name: "text_detection", objective: detector.objective } }, { seed: 1 }),
        /has a plan that its task no longer reads:[\s\S]*"data"[\s\S]*a default/
      )
    })
  )
})
