import { assert, describe, it } from "vitest"
import * as Artifact from "../../../src/pipeline/stage/Artifact.ts"
import * as Fingerprint from "../../../src/pipeline/stage/Fingerprint.ts"
import * as StageReason from "../../../src/pipeline/stage/StageReason.ts"
import type { StageRecord } from "../../../src/pipeline/stage/StageRecord.ts"
import * as StageCall from "../../../src/pipeline/stage/StageRecord.ts"

const file = (name: string, digit: string): Artifact.Artifact => ({
  _tag: "anneal/Artifact",
  name,
  kind: "file",
  digest: `sha256:${digit.repeat(64)}`,
  bytes: 3,
  files: 1
})

const call = {
  stage: "train",
  version: 1,
  parameters: { optimizer: { kind: "adam", rate: 0.1 }, tags: ["a", "b"] },
  inputs: { data: StageCall.input(file("data.csv", "1"), []), size: StageCall.input(640, []) }
}

const record = (changed: Partial<StageRecord>): StageRecord => ({
  ...StageCall.make(call),
  output: null,
  digest: "",
  artifacts: [],
  started: "2026-01-01T00:00:00.000Z",
  seconds: 1,
  attempts: 1,
  environment: {},
  ...changed
})

const texts = (history: ReadonlyArray<StageRecord>) =>
  StageReason.differencesFrom(history, call).map(StageReason.text)

describe("why a stage runs", () => {
  it("compares with the closest earlier run, leaf by leaf", () => {
    const far = record({ version: "0", parameters: {}, inputs: {} })
    const near = record({ parameters: { optimizer: { kind: "adam", rate: 0.2, eps: 1 }, tags: ["a", "c"] } })
    assert.deepStrictEqual(texts([far, near]), [
      "parameter optimizer.rate changed: 0.2 → 0.1",
      "parameter optimizer.eps changed: 1 → nothing",
      'parameter tags.1 changed: "c" → "b"'
    ])
  })

  it("names inputs by their values where they are short, and artifacts by their size", () => {
    const inputs = { data: StageCall.input(file("old.csv", "2"), []), size: StageCall.input(480, []) }
    assert.deepStrictEqual(texts([record({ inputs })]), [
      "input data changed: old.csv (1 files, 3 bytes) → data.csv (1 files, 3 bytes)",
      "input size changed: 480 → 640"
    ])
    const same = { ...inputs, data: StageCall.input(file("data.csv", "2"), []) }
    assert.strictEqual(texts([record({ inputs: same })])[0], "input data changed")
  })

  it("is nothing before where there was nothing", () => {
    assert.deepStrictEqual(texts([]), ["never run"])
  })
})

describe("a fingerprint", () => {
  it("does not hang on the order of keys, but on everything else", () => {
    const of = Fingerprint.of
    assert.strictEqual(of({ a: 1, b: { c: 2, d: [1, 2] } }), of({ b: { d: [1, 2], c: 2 }, a: 1 }))
    assert.notStrictEqual(of({ a: [1, 2] }), of({ a: [2, 1] }))
    assert.notStrictEqual(of({ a: "1" }), of({ a: 1 }))
    // printf '{"a":1}' | sha256sum
    assert.strictEqual(
      of({ a: 1 }),
      "sha256:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    )
  })

  it("of a call hangs on what goes in, and not on where it came from", () => {
    const moved = { ...call, inputs: { ...call.inputs, size: StageCall.input(640, ["sha256:elsewhere"]) } }
    assert.strictEqual(StageCall.make(call).key, StageCall.make(moved).key)
    assert.notStrictEqual(StageCall.make(call).key, StageCall.make({ ...call, version: 2 }).key)
  })
})

describe("artifacts within a value", () => {
  it("are found wherever they stand, each once", () => {
    const [one, two] = [file("a", "1"), file("b", "2")]
    assert.deepStrictEqual(Artifact.within({ best: one, all: [two, { deep: one }], note: "sha256:" }), [
      one,
      two
    ])
    assert.deepStrictEqual(Artifact.within(null), [])
  })
})
