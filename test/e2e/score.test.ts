import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

for (const [folder, file, text] of [
  ["gt", "gt_a.txt", "0,0,40,10,abcd\n0,20,40,30,efgh\n"],
  ["found", "res_a.txt", "0,0,40,10,ABCD\n"],
  ["broken", "res_a.txt", "0,0,40,10\n0,20,40\n"]
] as const) {
  mkdirSync(join(cwd, folder))
  writeFileSync(join(cwd, folder, file), text)
}

describe("anneal score", () => {
  it("prints a table", async () => {
    const args = ["score", "cleval", "--gt", "gt", "--pred", "found", "--box-type", "LTRB"]
    const { code, stdout } = await Anneal.run(cwd, ...args)
    assert.strictEqual(code, 0)
    assert.match(stdout, /detection, all characters +1\.0000 +0\.5000 +0\.6667/)
    assert.match(stdout, /IoU above 0\.5, all regions +1\.0000 +0\.5000 +0\.6667/)
  })

  it("prints JSON with all pictures, and takes flags by their negation", async () => {
    const args = ["score", "cleval", "--gt", "gt", "--pred", "found", "--box-type", "LTRB", "--e2e", "--json"]
    const [strict, lenient] = await Promise.all([
      Anneal.run(cwd, ...args),
      Anneal.run(cwd, ...args, "--no-case-sensitive")
    ])
    assert.nestedInclude(JSON.parse(strict.stdout), { "all.e2e.recall": 0, "images[0].name": "a" })
    assert.nestedInclude(JSON.parse(lenient.stdout), { "all.e2e.recall": 0.5 })
  })

  it("refuses a line by its place, with exit code 4", async () => {
    const args = ["score", "iou", "--gt", "gt", "--pred", "broken", "--box-type", "LTRB"]
    const { code, stderr } = await Anneal.run(cwd, ...args)
    assert.strictEqual(code, 4)
    assert.include(stderr, join("broken", "res_a.txt:2:1"))
  })
})
