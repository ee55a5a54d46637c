import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Config from "../../../src/config/Config.ts"
import * as KeyPath from "../../../src/config/node/KeyPath.ts"
import * as Plain from "../../../src/config/node/Plain.ts"
import * as memory from "../memory.ts"

const compose = (text: string, ...overrides: ReadonlyArray<string>) =>
  Config.compose({
    searchPath: ["conf"],
    configName: "config",
    overrides,
    runtime: { cwd: "/w", now: new Date(0), env: {}, jobName: "train" }
  }).pipe(Effect.provide(memory.layer({ "/w/conf/config.yaml": text })))

const valueAt = ({ root }: Config.Composed, key: string) => {
  const node = KeyPath.find(root, key)
  return node === undefined ? undefined : Plain.fromNode(node)
}

/** What Hydra 1.3 takes or refuses at the same keys. */
describe("the fields of the hydra node", () => {
  for (const [given, key, value] of [
    ["run: {dir: 5}", "hydra.run", { dir: "5" }],
    ["sweeper: {params: {a: 1}}", "hydra.sweeper.params", { a: "1" }],
    ["job: {env_set: {A: 1}}", "hydra.job.env_set", { A: "1" }],
    ["job: {chdir: 'on'}", "hydra.job.chdir", true]
  ] as const) {
    it.effect(`take ${given} of a config as their type`, () =>
      Effect.map(compose(`hydra: {${given}}\n`), (composed) =>
        assert.deepStrictEqual(valueAt(composed, key), value)
      )
    )
  }

  it.effect("stay what they are below ???", () =>
    Effect.map(compose("hydra: {run: '???'}\n"), (composed) =>
      assert.deepStrictEqual(valueAt(composed, "hydra.run"), {
        dir: "outputs/${now:%Y-%m-%d}/${now:%H-%M-%S}"
      })
    )
  )

  for (const [given, problem] of [
    ["run: null", "14: hydra.run: null is not allowed here: the type of the field is RunDir"],
    ["run: 5", "14: hydra.run: 5 (int) cannot be merged onto RunDir"],
    ["run: [a]", "14: hydra.run: ['a'] (list) cannot be merged onto RunDir"],
    ["run: '${a}'", "14: hydra.run: ${a} (str) cannot be merged onto RunDir"],
    ["run: {dir: [a]}", "20: hydra.run.dir: ['a'] (list) is not a valid str"],
    ["run: {dir: null}", "20: hydra.run.dir: null is not allowed here: the type of the field is str"],
    ["runs: {dir: a}", '9: hydra.runs: HydraConf has no key "runs". Did you mean "run"?'],
    ["sweeper: {params: {1: 1}}", "28: hydra.sweeper.params.1: the key 1 (int) is not a valid str"],
    ["launcher: {n: 1}", '20: hydra.launcher.n: BasicLauncherConf has no key "n"'],
    [
      "job_logging: null",
      "22: hydra.job_logging: null is not allowed here: the type of the field is Dict[str, Any]"
    ],
    ["job: {chdir: maybe}", "22: hydra.job.chdir: maybe (str) is not a valid Optional[bool]"],
    ["callbacks: [a]", "20: hydra.callbacks: a list cannot be merged onto a mapping"]
  ] as const) {
    it.effect(`refuse ${given} of a config`, () =>
      Effect.map(Effect.flip(compose(`a: {dir: x}\nhydra: {${given}}\n`)), ({ message }) =>
        assert.include(message, `conf/config.yaml:2:${problem}`)
      )
    )
  }

  for (const [override, problem] of [
    ["hydra.run.dir=[a]", "hydra.run.dir: ['a'] (list) is not a valid str"],
    ["hydra.run=null", "hydra.run: null is not allowed here: the type of the field is RunDir"],
    ["hydra.job.num=x", "hydra.job.num: x (str) is not a valid int"],
    ["hydra.mode=BOTH", "BOTH (str) is not a valid Optional[RunMode], expected one of RUN, MULTIRUN"],
    ["hydra.run={dirs:x}", 'there is no key "hydra.run.dirs" (did you mean "dir"?)'],
    ["~hydra.run.dir", '"dir" is a field of RunDir, which must keep all its fields']
  ] as const) {
    it.effect(`refuse the override ${override}`, () =>
      Effect.map(Effect.flip(compose("a: 1\n", override)), ({ message }) => assert.include(message, problem))
    )
  }
})
