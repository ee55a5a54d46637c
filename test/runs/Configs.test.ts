import { existsSync, readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Config from "../../src/config/Config.ts"
import { CallbacksPlan, TrainerPlan } from "../../src/pipeline/plan/Plan.ts"
import * as Plans from "../../src/runs/Plans.ts"
import detector from "../../src/tasks/textDetection/DetectionModule.ts"

/** Those of the detector, and those of every run. */
const folders = ["text_detection", "common"].map((name) =>
  fileURLToPath(new URL(`../../configs/${name}`, import.meta.url))
)

const schemas = Effect.all({
  train: Plans.schema(detector, "train"),
  test: Plans.schema(detector, "test"),
  predict: Plans.schema(detector, "predict")
})

const compose = (overrides: ReadonlyArray<string>, configName = "train") =>
  Config.compose({
    searchPath: folders,
    configName,
    overrides,
    resolvers: new Map([["anneal.task", Config.resolver(() => Effect.succeed("text_detection"))]]),
    runtime: { cwd: "/w", now: new Date(2025, 0, 2), env: {}, jobName: "train" }
  }).pipe(Effect.provide(NodeServices.layer))

type Values = { readonly [key: string]: unknown }

/**
 * All that the configs say otherwise than the Schemas, whose defaults hold for what nobody says: a config repeats the
 * other values so that an override needs no `+`, and they must be the same. Keys by the choice that brings them.
 */
const deviations: { readonly [choice: string]: Values } = {
  train: {
    "experiment.task": "text_detection",
    "trainer.max_epochs": 5,
    "logger.csv.enabled": true,
    "optimizer.lr": 0.002,
    "schedule.warmup_steps": 20,
    "callbacks.early_stopping.patience": 20,
    "callbacks.ema_weight_averaging.enabled": "auto",
    "postprocess.thresh": 0.4
  },
  test: {
    "experiment.kind": "test",
    "experiment.task": "text_detection",
    "logger.csv.enabled": true
  },
  predict: { "experiment.kind": "predict", "experiment.task": "text_detection" },
  "data=receipts": { "data.targets.shrink_ratio": 0.5 },
  "data=synthetic": {},
  "data=synthetic_documents": {
    "data.document": "mixed",
    "data.width": [320, 480],
    "data.height": [400, 640],
    "data.text_height": [10, 20]
  },
  "model=dbnet": {},
  "model=dbnet_tiny": {
    "model.name": "dbnet_tiny",
    "model.stem": 8,
    "model.widths": [16, 24, 32, 48],
    "model.neck": 24,
    "model.head": 24
  },
  "optimizer=adam": { "optimizer.lr": 0.002 },
  "optimizer=adamw": { "optimizer.lr": 0.002 },
  "optimizer=lion": { "optimizer.lr": 0.0002, "optimizer.weight_decay": 0.1 },
  "optimizer=rmsprop": {},
  "optimizer=sgd": { "optimizer.lr": 0.01, "optimizer.nesterov": true, "optimizer.weight_decay": 0.0001 },
  "schedule=constant": {},
  "schedule=cosine": { "schedule.warmup_steps": 20 },
  "schedule=cosine_restarts": { "schedule.interval": "epoch", "schedule.multiplier": 2 },
  "schedule=exponential": {},
  "schedule=linear": {},
  "schedule=multi_step": {},
  "schedule=one_cycle": {},
  "schedule=polynomial": { "schedule.power": 0.9 },
  "schedule=sequential": { "schedule.interval": "epoch" },
  "schedule=step": {},
  "trainer=default": {},
  "trainer=receipts": { "trainer.max_epochs": 12 },
  "trainer=synthetic": { "trainer.max_epochs": 5 },
  "trainer=synthetic_documents": { "trainer.max_epochs": 5 },
  "callbacks=default": {
    "callbacks.early_stopping.patience": 20,
    "callbacks.ema_weight_averaging.enabled": "auto"
  },
  "logger=all": {
    "logger.csv.enabled": true,
    "logger.jsonl.enabled": true,
    "logger.tensorboard.enabled": true,
    "logger.wandb.enabled": true,
    "logger.wandb.settings.offline": true,
    "logger.mlflow.enabled": true,
    "logger.opentelemetry.enabled": true
  },
  "logger=csv": { "logger.csv.enabled": true },
  "logger=default": { "logger.csv.enabled": true },
  "logger=mlflow": { "logger.csv.enabled": true, "logger.mlflow.enabled": true },
  "logger=none": {},
  "logger=tensorboard": { "logger.csv.enabled": true, "logger.tensorboard.enabled": true },
  "logger=wandb": { "logger.csv.enabled": true, "logger.wandb.enabled": true }
}

const groups = ["data", "model", "optimizer", "schedule", "trainer", "callbacks", "logger"]

const choices = groups.flatMap((group) =>
  folders
    .filter((folder) => existsSync(`${folder}/${group}`))
    .flatMap((folder) => readdirSync(`${folder}/${group}`).filter((file) => file.endsWith(".yaml")))
    .map((file) => `${group}=${file.replace(/\.yaml$/, "")}`)
)

const isRecord = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Values by their whole keys; a list is one value. */
const leaves = (value: unknown, key = ""): Values =>
  isRecord(value) && Object.keys(value).length > 0
    ? Object.assign({}, ...Object.entries(value).map(([k, v]) => leaves(v, key === "" ? k : `${key}.${k}`)))
    : { [key]: value }

/** What no Schema has a default for. */
const required = new Set(["kind", "root", "first", "every", "milestones", "schedules", "image_dir"])

const requiredOf = (value: unknown): Values =>
  isRecord(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => required.has(key))) : {}

/** Where a plan is otherwise than the Schema's defaults, of all that `prefix` begins. */
const deviationsOf = <A, E>(schema: Schema.Codec<A, E>, plan: A, prefix = "") => {
  const written = Schema.encodeSync(schema)(plan)
  const parts = isRecord(written) ? written : {}
  const chosen = Object.entries(parts).filter(([key]) => ["data", "optimizer", "schedule"].includes(key))
  const bare = Object.fromEntries(
    chosen.flatMap(([key, part]) => (isRecord(part) ? [[key, requiredOf(part)]] : []))
  )
  const least: unknown = { ...requiredOf(parts), ...bare }
  const defaults = leaves(Schema.encodeSync(schema)(Schema.decodeUnknownSync(schema)(least)))
  return Object.fromEntries(
    Object.entries(leaves(written)).filter(
      ([key, value]) => key.startsWith(prefix) && JSON.stringify(value) !== JSON.stringify(defaults[key])
    )
  )
}

/** Keys of a plan with all that it leaves out, deep; lists and free keys have none. */
const keysOf = (value: unknown, prefix = ""): ReadonlyArray<string> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => [
        `${prefix}${key}`,
        ...keysOf(inner, `${prefix}${key}.`)
      ])
    : []

describe("configs", () => {
  it.effect.each(choices)("%s says what its Schema says, but for what is listed", (choice) =>
    Effect.gen(function* () {
      const overrides = choice === "data=receipts" ? [choice, "data.root=receipts"] : [choice]
      const { train } = yield* schemas
      const plan = yield* Config.decode(train, yield* compose(overrides))
      const prefix = `${choice.split("=")[0]}.`
      assert.deepStrictEqual(deviationsOf(train, plan, prefix), deviations[choice])
    })
  )

  it.effect("of whole runs as well", () =>
    Effect.gen(function* () {
      const { train, test, predict } = yield* schemas
      const trained = yield* Config.decode(train, yield* compose([]))
      assert.deepStrictEqual(deviationsOf(train, trained), deviations["train"])
      const tested = yield* Config.decode(test, yield* compose([], "test"))
      assert.deepStrictEqual(deviationsOf(test, tested), deviations["test"])
      const predicted = yield* Config.decode(predict, yield* compose(["image_dir=pictures"], "predict"))
      assert.deepStrictEqual(deviationsOf(predict, predicted), deviations["predict"])
    })
  )

  it.effect("hold every key of trainer and callbacks, so that an override needs no +", () =>
    Effect.gen(function* () {
      const { trainer, callbacks } = Object(Config.toPlain(yield* compose([])))
      const bare = Schema.encodeSync(Schema.Struct({ trainer: TrainerPlan, callbacks: CallbacksPlan }))({
        trainer: Schema.decodeSync(TrainerPlan)({}),
        callbacks: Schema.decodeSync(CallbacksPlan)({})
      })
      assert.sameMembers([...keysOf(trainer)], [...keysOf(bare.trainer)])
      assert.sameMembers([...keysOf(callbacks)], [...keysOf(bare.callbacks)])
    })
  )

  it.effect("let a schedule be written on the command line", () =>
    Effect.gen(function* () {
      const overrides = [
        "schedule=sequential",
        "schedule.schedules=[{kind:linear,start_factor:0.1,end_factor:1},{kind:cosine}]",
        "schedule.milestones=[3]",
        "callbacks.gradient_accumulation_scheduler.scheduling={0:8,4:4}",
        "optimizer.groups=[{match:'^encoder',lr_scale:0.1}]"
      ]
      const { train } = yield* schemas
      const value = yield* Config.decode(train, yield* compose(overrides))
      const { run } = yield* Plans.trainPlan(detector, value)
      const { schedule, callbacks, optimizer } = run
      assert.deepInclude(schedule, { kind: "sequential", milestones: [3], interval: "epoch" })
      assert.deepStrictEqual(callbacks.gradient_accumulation_scheduler.scheduling, { "0": 8, "4": 4 })
      assert.deepStrictEqual(optimizer.groups, [
        { match: "^encoder", lr_scale: 0.1, weight_decay: null, trainable: true }
      ])
    })
  )
})
