import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Config from "../src/config/Config.ts"
import * as memory from "../test/config/memory.ts"
const files = { "/w/conf/train.yaml": "defaults:\n  - trainer: default\n  - optimizer: adam\n  - /base/trainer\n  - _self_\nseed: 42\nexp: ${seed}_x\nbatch_size: 4\nloader: {batch: \"${batch_size}\"}\nfoo:\n  barr: 1\nmiss: ???\n", "/w/conf/trainer/default.yaml": "max_epochs: 3\nprecision: 32\n", "/w/conf/trainer/fp16.yaml": "max_epochs: 200\nprecision: 16\nclip: norm\n", "/w/conf/base/trainer.yaml": "# base\n# @package trainer\nmax_epochs: 3\nprecision: 32\n", "/w/conf/optimizer/adam.yaml": "_target_: torch.optim.Adam\nlr: 1e-3\n" }
const Plan = Schema.Struct({ seed: Schema.Int, exp: Schema.String, loader: Schema.Struct({ batch: Schema.Int }), trainer: Schema.Struct({ max_epochs: Schema.Int, precision: Schema.Int }), optimizer: Schema.Union([Schema.Struct({ kind: Schema.tag("adam"), lr: Schema.Finite }), Schema.Struct({ kind: Schema.tag("sgd"), lr: Schema.Finite })]), foo: Schema.Struct({ bar: Schema.Int }), miss: Schema.Int })
const go = Effect.gen(function* () {
  const c = yield* Config.compose({ searchPath: ["conf"], configName: "train", overrides: ["trainer=fp16", "seed=1.5", "trainer.max_epochs=7"], runtime: { cwd: "/w", now: new Date(), env: {}, jobName: "t" } })
  console.log(Config.toYaml(c.config))
  for (const w of c.warnings) console.log("W", w.message)
  for (const k of ["trainer.max_epochs", "exp", "trainer.precision", "seeds", "optimizer"]) console.log(Config.renderExplanation(Config.explain(c, k)))
  const r = yield* Effect.result(Config.decode(Plan, c))
  console.log((r as any).failure?.message ?? r)
})
Effect.runPromise(go.pipe(Effect.provide(memory.layer(files)))).catch((e) => console.log(e))
