import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Configured from "../../../../src/cli/Configured.ts"
import * as Composition from "../../../../src/cli/programs/config/Composition.ts"
import * as HydraSettings from "../../../../src/cli/programs/config/HydraSettings.ts"
import * as Config from "../../../../src/config/Config.ts"
import * as Explain from "../../../../src/config/inspect/Explain.ts"
import * as HydraPlugins from "../../../../src/config/source/HydraPlugins.ts"
import * as memory from "../../../config/memory.ts"

const messages = (text: string, ...overrides: ReadonlyArray<string>) =>
  Config.compose({
    searchPath: ["conf"],
    configName: "config",
    overrides,
    runtime: { cwd: "/w", now: new Date(0), env: {}, jobName: "train" }
  }).pipe(
    Effect.provide(memory.layer({ "/w/conf/config.yaml": text })),
    Effect.map((composed) => HydraSettings.warnings(composed).map(({ message }) => message))
  )

/** A project laid out as many are: one primary config, groups beside it, plugins for colours and for a search. */
const project = {
  "/w/conf/train.yaml": [
    "defaults:",
    "  - _self_",
    "  - data: digits",
    "  - hydra: default",
    "  - hparams_search: null",
    "task_name: train",
    "lr: 0.1"
  ].join("\n"),
  "/w/conf/data/digits.yaml": "batch_size: 32\n",
  "/w/conf/hydra/default.yaml": [
    "defaults:",
    "  - override hydra_logging: colorlog",
    "  - override job_logging: colorlog",
    "run:",
    "  dir: logs/${task_name}/runs/${now:%Y-%m-%d}",
    "job_logging:",
    "  handlers:",
    "    file:",
    "      filename: ${hydra.runtime.output_dir}/${task_name}.log"
  ].join("\n"),
  "/w/conf/hparams_search/digits_optuna.yaml": [
    "# @package _global_",
    "defaults:",
    "  - override /hydra/sweeper: optuna",
    "hydra:",
    "  mode: MULTIRUN",
    "  sweeper:",
    "    n_trials: 8",
    "    study_name: digits",
    "    sampler:",
    "      seed: 7",
    "    params:",
    "      lr: choice(0.1,0.2)",
    "      data.batch_size: choice(32,64,128)"
  ].join("\n")
}

const composeProject = (...overrides: ReadonlyArray<string>) =>
  Config.compose({
    searchPath: ["conf"],
    configName: "train",
    overrides,
    mode: overrides.length > 0 ? "multirun" : "run",
    runtime: { cwd: "/w", now: new Date(0), env: {}, jobName: "train" }
  }).pipe(Effect.provide(memory.layer(project)))

describe("plugins of Hydra", () => {
  it.effect("compose by their name, and say that they have no effect", () =>
    Effect.gen(function* () {
      const composed = yield* composeProject()
      const file = "hydra.job_logging.handlers.file.filename"
      assert.include(
        Explain.render(Config.explain(composed, file)),
        "${hydra.runtime.output_dir}/${task_name}.log"
      )
      assert.deepStrictEqual(
        HydraSettings.warnings(composed).map(({ message }) => message),
        ["hydra_logging", "job_logging"].map(
          (group, index) =>
            `conf/hydra/default.yaml:${index + 2}:${group.length + 16}: hydra/${group}=colorlog has no effect: terminal output already has its own colours.`
        )
      )
    })
  )

  it.effect("take the settings that a file or an override has for them", () =>
    Effect.gen(function* () {
      const composed = yield* composeProject(
        "hparams_search=digits_optuna",
        "hydra/sweeper/sampler=random",
        "hydra/launcher=joblib",
        "hydra.launcher.n_jobs=4"
      )
      assert.strictEqual(yield* Config.resolveKey(composed, "hydra.sweeper.n_trials"), 8)
      assert.strictEqual(yield* Config.resolveKey(composed, "hydra.launcher.n_jobs"), 4)
      assert.deepStrictEqual(yield* Config.resolveKey(composed, "hydra.sweeper.sampler"), {
        _target_: "optuna.samplers.RandomSampler",
        seed: 7
      })
      const said = HydraSettings.warnings(composed).map(({ message }) => message)
      assert.includeMembers(said, [
        "conf/hparams_search/digits_optuna.yaml:3:30: hydra/sweeper=optuna has no effect: a sweep (--multirun) runs every combination of its values and does not search.",
        'override "hydra/launcher=joblib": hydra/launcher=joblib has no effect: the runs of a sweep run one after the other on this machine.'
      ])
    })
  )

  it.effect("each compose", () =>
    Effect.gen(function* () {
      for (const name of HydraPlugins.names) {
        const slash = name.lastIndexOf("/")
        const group = name.slice(0, slash)
        const sampled = group === "hydra/sweeper/sampler" ? ["hydra/sweeper=optuna"] : []
        const composed = yield* composeProject(...sampled, `${group}=${name.slice(slash + 1)}`)
        assert.strictEqual(composed.choices.get(group), name.slice(slash + 1))
      }
    })
  )

  it.effect("that nobody knows are refused", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(composeProject("hydra/launcher=cluster"))
      assert.strictEqual(error._tag, "ConfigNotFound")
    })
  )
})

describe("--resolve", () => {
  const resolved = { ...Composition.nothing, resolve: true }

  it.effect("alone is refused, and nothing runs", () =>
    Effect.gen(function* () {
      const program = Configured.run("predict")
      for (const input of [resolved, { ...resolved, info: Option.some("config" as const) }]) {
        const error = yield* Effect.flip(program(input))
        assert.strictEqual(error.message, "--resolve needs --cfg.\nAdd what to print: --cfg job --resolve.")
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

describe("HydraSettings", () => {
  it.effect("warns of settings that mean nothing here, where they are asked for", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* messages(
          "hydra:\n  job:\n    chdir: true\n",
          "+hydra.callbacks.mine.x=1",
          "+hydra.job.env_set.A=b"
        ),
        [
          'conf/config.yaml:3:5: nothing reads "hydra.job.chdir".',
          'override "+hydra.job.env_set.A=b": nothing reads "hydra.job.env_set".',
          'override "+hydra.callbacks.mine.x=1": nothing reads "hydra.callbacks".'
        ]
      )
    })
  )

  it.effect("says nothing where they are not, or ask for nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* messages("a: 1\n"), [])
      assert.deepStrictEqual(yield* messages("a: 1\n", "hydra.job.chdir=false"), [])
    })
  )
})
