import { assert, describe, it } from "vitest"
import * as Catalogue from "../../../../src/tasks/imageClassification/data/Catalogue.ts"

const labels = Array.from({ length: 300 }, (_, i) => (i % 10 === 0 ? 1 : 0))

describe("Catalogue", () => {
  it("gives each class the same part, each sample to one part, and the same samples again", () => {
    const split = Catalogue.split(labels, { val: 0.2, test: 0.1, seed: 3 })
    const all = [...split.train, ...split.val, ...split.test].sort((a, b) => a - b)
    assert.deepStrictEqual(
      all,
      labels.map((_, i) => i)
    )
    const rare = (part: ReadonlyArray<number>) => part.filter((i) => labels[i] === 1).length
    assert.deepStrictEqual([rare(split.train), rare(split.val), rare(split.test)], [21, 6, 3])
    assert.deepStrictEqual([split.train.length, split.val.length, split.test.length], [210, 60, 30])
    assert.deepStrictEqual(Catalogue.split(labels, { val: 0.2, test: 0.1, seed: 3 }), split)
    assert.notDeepEqual(Catalogue.split(labels, { val: 0.2, test: 0.1, seed: 4 }), split)
  })

  it("keeps all for training where no part is asked for", () => {
    const { train, val, test } = Catalogue.split(labels, { val: 0, test: 0, seed: 0 })
    assert.strictEqual(train.length, 300)
    assert.deepStrictEqual([val, test], [[], []])
  })

  it("sorts numbers by value and other names by letter, each once", () => {
    assert.deepStrictEqual(Catalogue.sortedClasses(["10", "9", "0", "9"]), ["0", "9", "10"])
    assert.deepStrictEqual(Catalogue.sortedClasses(["b", "10", "a", "9"]), ["10", "9", "a", "b"])
  })
})
