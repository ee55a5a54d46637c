import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

const Facts = Schema.fromJsonString(
  Schema.Struct({
    data: Schema.Record(Schema.String, Schema.String),
    dataCache: Schema.Struct({ kind: Schema.String, hits: Schema.Int, misses: Schema.Int })
  })
)

const train = async (name: string, root: string) => {
  const { code, stderr } = await Anneal.run(
    cwd,
    "train",
    "data=receipts",
    `data.root=${root}`,
    "data.cache=disk",
    "data.max_side=128",
    "data.long_side=64",
    "data.augment.crop=64",
    "model=dbnet_tiny",
    "trainer.accelerator=cpu",
    "trainer.max_epochs=1",
    `exp_name=${name}`
  )
  assert.strictEqual(code, 0, stderr)
  const run = Anneal.runIn(cwd, "train", name)
  return Schema.decodeUnknownSync(Facts)(readFileSync(join(run, "run.json"), "utf8"))
}

describe("anneal data pack", () => {
  beforeAll(async () => {
    const { code, stderr } = await Anneal.run(cwd, "data", "synth", "--count", "8", "--out", "receipts")
    assert.strictEqual(code, 0, stderr)
  })

  it("packs what a training reads, which then is the same data, and in the cache already", async () => {
    const asked = ["data", "pack", "data=receipts", "data.root=receipts", "--out", "shards"]
    const { code, stdout, stderr } = await Anneal.run(cwd, ...asked)
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^8 samples \(\d train, \d val\) in 2 shards, /)
    assert.deepStrictEqual(readdirSync(join(cwd, "shards")), [
      "index.json",
      "train-000000.table.json",
      "train-000000.tar",
      "val-000000.table.json",
      "val-000000.tar"
    ])
    const folder = await train("folder", "receipts")
    assert.strictEqual(folder.dataCache.kind, "disk")
    assert.isAbove(folder.dataCache.misses, 7)
    const shards = await train("shards", "shards")
    assert.deepStrictEqual(shards.data, folder.data)
    assert.deepInclude(shards.dataCache, { misses: 0 })
    const again = await Anneal.run(cwd, ...asked)
    assert.strictEqual(again.code, 4)
    assert.match(again.stderr, /shards: the folder is not empty/)
  })

  it("refuses what is drawn as it is needed, and a damaged index", async () => {
    const drawn = await Anneal.run(cwd, "data", "pack", "--out", "none")
    assert.match(drawn.stderr, /synthetic receipts are drawn as they are needed/)
    assert.notStrictEqual(drawn.code, 0)
    assert.isFalse(existsSync(join(cwd, "none")))
    const index = join(cwd, "shards/index.json")
    writeFileSync(index, readFileSync(index, "utf8").slice(0, -20))
    const damaged = await Anneal.run(cwd, "train", "data=receipts", "data.root=shards")
    assert.strictEqual(damaged.code, 4)
    assert.match(damaged.stderr, /shards\/index\.json: it is not what anneal data pack writes/)
  })

  it("keeps samples that can be verified and pruned", async () => {
    const verified = await Anneal.run(cwd, "data", "cache", "verify")
    assert.match(verified.stdout, /^\d+ samples intact, /)
    const asked = await Anneal.run(cwd, "data", "cache", "prune")
    assert.match(asked.stdout, /^\d+ samples, .* would be removed and 0 kept/)
    const done = await Anneal.run(cwd, "data", "cache", "prune", "--yes")
    assert.match(done.stdout, /removed and 0 kept/)
    assert.match((await Anneal.run(cwd, "data", "cache", "verify")).stdout, /^0 samples intact, 0 B/)
  })
})
