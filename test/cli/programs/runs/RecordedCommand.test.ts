import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as RecordedCommand from "../../../../src/cli/programs/runs/RecordedCommand.ts"

describe("RecordedCommand", () => {
  it("finds where the configuration was looked for, however it was typed", () => {
    const { input, words } = RecordedCommand.flags([
      "anneal",
      "train",
      "-cn",
      "first",
      "--config-name=mine",
      "seed=1",
      "-cd",
      "own configs"
    ])
    assert.deepStrictEqual(input, {
      configDir: Option.some("own configs"),
      configPath: Option.none(),
      configName: Option.some("mine")
    })
    assert.deepStrictEqual(words, ["--config-dir", "own configs", "--config-name", "mine"])
  })

  it("finds nothing where nothing was said", () => {
    assert.deepStrictEqual(RecordedCommand.flags(["anneal", "train", "x=--config-name"]).words, [])
    assert.deepStrictEqual(RecordedCommand.flags(["anneal", "train", "--config-name"]).words, [])
  })
})
