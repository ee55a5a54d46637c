import { assert, describe, it } from "vitest"
import * as Random from "../../../src/pipeline/nn/Random.ts"
import * as Split from "../../../src/pipeline/split/Split.ts"

const RUNS = 200

/** A set of samples in groups of 1 to `most`, listed in some order, drawn for a case. */
const drawn = (run: number, { most, strata }: { readonly most: number; readonly strata: number }) => {
  const random = Random.make(run, 1)
  const groups = Array.from({ length: 2 + random.int(60) }, (_, i) => ({
    key: `g${random.int(1e6)}-${i}`,
    size: 1 + random.int(most),
    stratum: random.int(strata)
  }))
  const samples = groups.flatMap(({ key, size, stratum }) =>
    Array.from({ length: size }, () => ({ group: key, stratum }))
  )
  const order = Random.permutation(samples.length, run, 2)
  return Array.from(order, (at) => samples[at]).flatMap((sample) => sample ?? [])
}

const rules = (run: number): ReadonlyArray<Split.Rule> => {
  const random = Random.make(run, 3)
  const fractions = { seed: random.int(1000), val: random.between(0.05, 0.4), test: random.between(0, 0.4) }
  return (["name", "seed", "digest"] as const).map((by) => ({ by, ...fractions }))
}

const share = (parts: ReadonlyArray<Split.Part>, part: Split.Part) =>
  parts.filter((one) => one === part).length / parts.length

const cases = Array.from({ length: RUNS }, (_, run) => run)

describe("a split", () => {
  it("never divides a group", () => {
    for (const run of cases) {
      const samples = drawn(run, { most: 9, strata: 3 })
      for (const rule of rules(run)) {
        const parts = Split.assign(samples, rule)
        const byGroup = new Map<string, Split.Part>()
        for (const [at, { group }] of samples.entries()) {
          const before = byGroup.get(group) ?? parts[at]
          assert.strictEqual(parts[at], before, `${rule.by}: ${group} is in two parts`)
          if (before !== undefined) byGroup.set(group, before)
        }
      }
    }
  })

  it("is near to its fractions: within the largest group by name and seed", () => {
    for (const run of cases) {
      const samples = drawn(run, { most: 5, strata: 1 })
      const sizes = [...Map.groupBy(samples, ({ group }) => group).values()].map(({ length }) => length)
      const largest = Math.max(...sizes)
      const groups = new Set(samples.map(({ group }) => group)).size
      if (groups < 8) continue
      for (const rule of rules(run).filter(({ by }) => by !== "digest")) {
        const parts = Split.assign(samples, rule)
        for (const part of ["val", "test"] as const) {
          const off = Math.abs(share(parts, part) - rule[part]) * samples.length
          assert.isAtMost(off, largest + 1, `${rule.by} ${part} of ${samples.length}`)
        }
      }
    }
  })

  it("by digest is near to its fractions: within four standard deviations of a draw", () => {
    const samples = Array.from({ length: 20_000 }, (_, i) => ({ group: `picture_${i}.jpg` }))
    const rule = { by: "digest", seed: 0, val: 0.15, test: 0.1 } as const
    const parts = Split.assign(samples, rule)
    for (const part of ["val", "test"] as const) {
      const deviation = Math.sqrt((rule[part] * (1 - rule[part])) / samples.length)
      assert.isAtMost(Math.abs(share(parts, part) - rule[part]), 4 * deviation)
    }
  })

  it("has something in every part, unless there is a single group or by digest", () => {
    for (const run of cases) {
      const samples = drawn(run, { most: 3, strata: 2 })
      for (const rule of rules(run).filter(({ by }) => by !== "digest")) {
        const parts = Split.assign(samples, { ...rule, test: 0 })
        assert.isAbove(share(parts, "val"), 0)
        assert.isAbove(share(parts, "train"), 0)
      }
    }
  })

  it("by digest moves no sample when one is added, and none but of training when a fraction grows", () => {
    for (const run of cases) {
      const samples = drawn(run, { most: 4, strata: 1 })
      const [, , rule] = rules(run)
      assert.isDefined(rule)
      if (rule === undefined) continue
      const before = Split.assign(samples, rule)
      const after = Split.assign([{ group: `new-${run}` }, ...samples], rule)
      assert.deepStrictEqual(after.slice(1), before)
      const wider = Split.assign(samples, { ...rule, val: rule.val + 0.1, test: rule.test + 0.1 })
      for (const [at, part] of before.entries()) if (part !== "train") assert.strictEqual(wider[at], part)
    }
  })

  it("is the same whatever the order of the list", () => {
    for (const run of cases) {
      const samples = drawn(run, { most: 4, strata: 3 })
      for (const rule of rules(run)) {
        const there = Split.assign(samples, rule)
        const back = Split.assign(samples.toReversed(), rule)
        assert.deepStrictEqual(back.toReversed(), there, rule.by)
      }
    }
  })

  it("by seed depends on the seed, and gives each stratum its part", () => {
    const samples = Array.from({ length: 300 }, (_, i) => ({
      group: `${i}`,
      stratum: i % 3 === 0 ? 0 : i % 2
    }))
    const rule = { by: "seed", seed: 1, val: 0.2, test: 0.1 } as const
    const parts = Split.assign(samples, rule)
    assert.notDeepEqual(Split.assign(samples, { ...rule, seed: 2 }), parts)
    for (const stratum of [0, 1]) {
      const those = parts.filter((_, at) => samples[at]?.stratum === stratum)
      for (const part of ["val", "test"] as const) {
        assert.isAtMost(Math.abs(share(those, part) - rule[part]) * those.length, 1)
      }
    }
  })

  it("by name takes the last for tests and those before them for validation", () => {
    const samples = ["c", "a", "e", "b", "d"].map((group) => ({ group }))
    const parts = Split.assign(samples, { by: "name", seed: 0, val: 0.2, test: 0.4 })
    assert.deepStrictEqual(parts, ["val", "train", "test", "train", "test"])
  })

  it("places a key by SHA-256 as documented", () => {
    // printf '7:a.jpg' | sha256sum
    assert.strictEqual(Split.place("a.jpg", 7), 0xf18f4f9db72b / 2 ** 48)
  })

  it("makes strata of numbers, equal ones in one", () => {
    assert.deepStrictEqual(Split.strata([5, 1, 1, 9, 7, 1, 1, 3], 4), [2, 0, 0, 3, 3, 0, 0, 2])
  })
})
