import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Resume from "../../../../src/cli/programs/runs/Resume.ts"

describe("the flags of a recorded command", () => {
  it("finds where the configuration was looked for, however it was typed", () => {
    const { input, words } = Resume.flagsOf([
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
    assert.deepStrictEqual(Resume.flagsOf(["anneal", "train", "x=--config-name"]).words, [])
    assert.deepStrictEqual(Resume.flagsOf(["anneal", "train", "--config-name"]).words, [])
  })
})
