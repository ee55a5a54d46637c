/** The ways in which a configuration can silently be something else than was asked for. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Config from "../../../src/config/Config.ts"
import * as memory from "../memory.ts"

const runtime = { cwd: "/w", now: new Date(0), env: {}, jobName: "train" }

const compose = (
  files: Record<string, string>,
  overrides: ReadonlyArray<string> = [],
  configName = "train"
) =>
  Config.compose({ searchPath: ["configs"], configName, overrides, runtime }).pipe(
    Effect.provide(
      memory.layer(
        Object.fromEntries(Object.entries(files).map(([name, text]) => [`/w/configs/${name}.yaml`, text]))
      )
    )
  )

const messages = (composed: Config.Composed) => composed.warnings.map((warning) => warning.message)

const reference = {
  train: [
    "defaults:",
    "  - trainer: default",
    "  - model/optimizers: adam",
    "  - callbacks: default",
    "  - /_base/trainer",
    "  - /_base/model",
    "  - _self_",
    "seed: 42",
    "experiment: {kind: train, task: ocr}",
    ""
  ].join("\n"),
  "trainer/default": "max_epochs: 3\nprecision: 32-true\n",
  "trainer/fp16_safe":
    "max_epochs: 200\nprecision: 16-mixed\nbenchmark: true\ngradient_clip_algorithm: norm\n",
  "model/optimizers/adam": "name: adam\nlr: 0.001\n",
  "model/optimizers/adamw": "name: adamw\nlr: 0.0003\n",
  "callbacks/default": "early_stopping: {patience: 5}\n",
  "_base/trainer": "# @package _global_\ntrainer: {max_epochs: 3, precision: 32-true, benchmark: false}\n",
  "_base/model": "# @package _global_\nmodel: {optimizers: {name: adam, lr: 0.001}}\n",
  test: "defaults:\n  - _self_\n  - train\nexperiment:\n  kind: eval\nrun_name: final\n",
  "ablation/lr": "# Learning rates to try.\n# @package _global_\nhydra: {sweeper: {params: {seed: '1,2'}}}\n"
}

describe("a choice that a later config overwrites", () => {
  it.effect("names the config that wins and what remains of the choice", () =>
    Effect.gen(function* () {
      const composed = yield* compose(reference, ["trainer=fp16_safe"])
      assert.deepStrictEqual(messages(composed), [
        'override "trainer=fp16_safe": the choice trainer=fp16_safe has no effect: _base/trainer is merged later and overwrites trainer.max_epochs, trainer.precision, trainer.benchmark (configs/_base/trainer.yaml:2:23); only trainer.gradient_clip_algorithm is kept.'
      ])
      const refused = yield* Effect.flip(Config.refuseWarnings(composed.warnings))
      assert.strictEqual(refused._tag, "WarningsRefused")
    })
  )

  it.effect("says so if nothing remains", () =>
    Effect.gen(function* () {
      const composed = yield* compose(reference, ["model/optimizers=adamw"])
      assert.strictEqual(composed.warnings[0]?._tag, "ChoiceShadowed")
      assert.include(messages(composed)[0], "none of its values remain")
      assert.include(messages(composed)[0], "configs/_base/model.yaml:2:28")
    })
  )

  it.effect("does not warn of choices that have an effect, nor of defaults that were not chosen", () =>
    Effect.gen(function* () {
      const { train, ...files } = reference
      const reordered = {
        ...files,
        train: train
          .replace("  - /_base/trainer\n", "")
          .replace("  - trainer", "  - /_base/trainer\n  - trainer")
      }
      assert.deepStrictEqual(messages(yield* compose(reordered, ["trainer=fp16_safe"])), [])
      assert.deepStrictEqual(messages(yield* compose(reference)), [])
    })
  )

  it.effect("lets an experiment overwrite what it was added for", () =>
    Effect.gen(function* () {
      const files = {
        train: "defaults:\n  - db: mysql\n  - _self_\n",
        "db/mysql": "port: 3306\n",
        "db/sqlite": "port: 0\n",
        "experiment/one": "# @package _global_\ndb: {port: 1}\n"
      }
      assert.deepStrictEqual(messages(yield* compose(files, ["db=sqlite", "+experiment=one"])), [])
    })
  )
})

describe("a primary config whose defaults come after it", () => {
  it.effect("lists the values that are lost and what overwrites them", () =>
    Effect.gen(function* () {
      const composed = yield* compose(reference, [], "test")
      assert.deepStrictEqual(messages(composed), [
        [
          'values of the primary config "test" have no effect because its defaults are merged after it:',
          "  configs/test.yaml:5:9: experiment.kind is overwritten by train (configs/train.yaml:9:20)",
          "Move _self_ to the end of its defaults list."
        ].join("\n")
      ])
    })
  )
})

describe("a header below a comment", () => {
  it.effect("is reported, because the content goes to another package", () =>
    Effect.gen(function* () {
      const composed = yield* compose(reference, ["+ablation=lr"])
      assert.deepStrictEqual(messages(composed), [
        'configs/ablation/lr.yaml:2:1: the header "# @package _global_" has no effect because it comes after "# Learning rates to try.". Move it to the first line.'
      ])
      assert.property(Config.toPlain(composed), "ablation")
    })
  )
})

describe("a value of one kind that replaces another", () => {
  it.effect("is reported for a mapping that a string replaces, and the reverse", () =>
    Effect.gen(function* () {
      const composed = yield* compose(reference, ["experiment=synthetic_debug", "++seed={a:1}"])
      assert.deepStrictEqual(messages(composed), [
        `override "experiment=synthetic_debug": "experiment" becomes 'synthetic_debug' here and replaces a mapping (configs/train.yaml:9:13).`,
        'override "++seed={a:1}": "seed" becomes a mapping here and replaces 42 (configs/train.yaml:8:7).'
      ])
    })
  )

  it.effect("is silent where null switches something off", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(messages(yield* compose(reference, ["callbacks.early_stopping=null"])), [])
    })
  )
})

describe("an override that changes nothing", () => {
  it.effect("is reported where another one sets or deletes the same again", () =>
    Effect.gen(function* () {
      const composed = yield* compose(reference, ["seed=1", "seed=2", "+x.y=1", "~x"])
      assert.deepStrictEqual(messages(composed), [
        'override "seed=1" has no effect: override "seed=2" comes later and overwrites it.',
        'override "+x.y=1" has no effect: override "~x" comes later and deletes it.'
      ])
    })
  )

  it.effect("is reported for an empty mapping that is merged", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(messages(yield* compose(reference, ["callbacks={}"])), [
        'override "callbacks={}" has no effect: an empty mapping adds nothing to "callbacks"; to remove it, use ~callbacks.'
      ])
    })
  )

  it.effect("is reported for a group that is chosen twice", () =>
    Effect.gen(function* () {
      const { "_base/trainer": _, train, ...files } = reference
      const plain = { ...files, train: train.replace("  - /_base/trainer\n", "") }
      assert.deepStrictEqual(messages(yield* compose(plain, ["trainer=fp16_safe", "trainer=default"])), [
        'override "trainer=fp16_safe" has no effect: override "trainer=default" comes later and replaces this choice.'
      ])
    })
  )
})
