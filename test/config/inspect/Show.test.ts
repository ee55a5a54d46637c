import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as Config from "../../../src/config/Config.ts"
import * as Info from "../../../src/config/inspect/Info.ts"
import * as Show from "../../../src/config/inspect/Show.ts"
import * as tree from "../tree.ts"

const files = {
  "configs/config.yaml": "defaults: [{model: dbnet}, _self_]\nseed: 1\ncopy: ${model}\nbad: ${nowhere}\n",
  "configs/model/dbnet.yaml": "width: ${seed}\n",
  "configs/model/crnn.yaml": "width: 2\n"
}

const composed = (...overrides: ReadonlyArray<string>) =>
  Effect.flatMap(tree.write(files), (options) => Config.compose({ ...options, overrides }))

describe("Show.config", () => {
  layer(NodeServices.layer)((it) => {
    it.effect("prints the task's configuration, interpolations as written", () =>
      Effect.gen(function* () {
        const text = yield* Show.config(yield* composed())
        assert.strictEqual(text, "model:\n  width: ${seed}\nseed: 1\ncopy: ${model}\nbad: ${nowhere}\n")
      })
    )

    it.effect("prints a package under its name, or a value alone", () =>
      Effect.gen(function* () {
        const config = yield* composed("seed=7")
        assert.strictEqual(yield* Show.config(config, { package: "seed" }), "7\n")
        assert.strictEqual(
          yield* Show.config(config, { package: "model" }),
          "# @package model\nwidth: ${seed}\n"
        )
        assert.strictEqual(yield* Show.config(config, { package: "copy" }), "# @package copy\nwidth: 7\n")
        const whole = yield* Show.config(config)
        assert.strictEqual(yield* Show.config(config, { package: "_global_" }), whole)
      })
    )

    it.effect("resolves only what it prints", () =>
      Effect.gen(function* () {
        const config = yield* composed()
        const shown = yield* Show.config(config, { package: "model", resolve: true })
        assert.strictEqual(shown, "# @package model\nwidth: 1\n")
        const error = yield* Effect.flip(Show.config(config, { resolve: true }))
        assert.strictEqual(error._tag, "InterpolationsInvalid")
        assert.include(error.message, "bad: ${nowhere}")
      })
    )

    it.effect("shows as missing what leads to a missing value, as Hydra does", () =>
      Effect.gen(function* () {
        const config = yield* composed("bad=1", "seed=???")
        const shown = yield* Show.config(config, { resolve: true })
        assert.strictEqual(shown, "model:\n  width: ???\nseed: ???\ncopy:\n  width: ???\nbad: 1\n")
      })
    )

    it.effect("prints the run's own configuration", () =>
      Effect.gen(function* () {
        const config = yield* composed()
        assert.match(yield* Show.config(config, { part: "hydra" }), /^hydra:\n {2}run:\n/)
        assert.strictEqual(yield* Show.config(config, { part: "hydra", package: "hydra.job.name" }), "app\n")
        assert.include(yield* Show.config(config, { part: "all" }), "\nmodel:\n")
      })
    )

    it.effect("names the nearest key where there is nothing", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Show.config(yield* composed(), { package: "modle" }))
        assert.strictEqual(
          error.message,
          'there is nothing at "modle" in this configuration. Did you mean "model"?'
        )
      })
    )
  })
})

describe("Info.text", () => {
  layer(NodeServices.layer)((it) => {
    it.effect("lists the defaults in merge order with their parents", () =>
      Effect.gen(function* () {
        const rows = Info.text(yield* composed("model=crnn"), "defaults").split("\n")
        const cells = rows.map((row) => row.split("|").map((cell) => cell.trim()))
        assert.deepStrictEqual(cells.at(-4), ["", "model/crnn", "model", "False", "config", ""])
        assert.deepStrictEqual(cells.at(-3), ["", "config", "", "True", "<root>", ""])
      })
    )

    it.effect("draws the defaults as a tree", () =>
      Effect.gen(function* () {
        const text = Info.text(yield* composed("~model"), "defaults-tree")
        assert.match(text, /^\nDefaults Tree\n\*+\n<root>:\n {2}hydra\/config:\n/)
        assert.include(text, "\n  config:\n    model: dbnet\n    _self_\n")
      })
    )

    it.effect("lists the search path with who asked for it", () =>
      Effect.gen(function* () {
        const text = Info.text(yield* composed(), "searchpath")
        assert.match(
          text,
          /\| hydra {4}\| pkg:\/\/hydra\.conf +\|\n\| main {5}\| file:\/\/\/.+\/configs \|\n/
        )
      })
    )

    it.effect("ends with the configuration when asked for all", () =>
      Effect.gen(function* () {
        assert.isTrue(Info.text(yield* composed(), "config").endsWith("\nbad: ${nowhere}\n\n"))
      })
    )
  })
})
