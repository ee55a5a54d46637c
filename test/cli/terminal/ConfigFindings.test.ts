import { assert, describe, it } from "@effect/vitest"
import * as ConfigFindings from "../../../src/cli/terminal/ConfigFindings.ts"
import { CompositionBroken, CompositionDoubtful, FileDead } from "../../../src/config/inspect/Finding.ts"

describe("ConfigFindings", () => {
  it("shows each finding once, under the first configuration that shows it", () => {
    const findings = [
      new CompositionBroken({
        config: "train",
        overrides: [],
        problem: "/w/a.yaml:1:1: one\n/w/a.yaml:2:1: two"
      }),
      new CompositionBroken({
        config: "train",
        overrides: ["db=b"],
        problem: "/w/a.yaml:1:1: one\n/v/b.yaml:1:1: three"
      }),
      new CompositionDoubtful({ config: "test", overrides: [], warning: "/w/a.yaml:2:1: two" }),
      new FileDead({ config: "db/c", path: "/w/db/c.yaml" })
    ]
    assert.deepStrictEqual(ConfigFindings.report(findings, "/w"), {
      count: 4,
      text: [
        "train:",
        "  a.yaml:1:1: one",
        "  a.yaml:2:1: two",
        "train db=b:",
        "  /v/b.yaml:1:1: three",
        'db/c.yaml: no defaults list names "db/c".'
      ].join("\n")
    })
    assert.deepStrictEqual(ConfigFindings.report([], "/w"), { count: 0, text: "" })
  })
})
