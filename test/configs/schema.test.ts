import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { Ajv2020 } from "ajv/dist/2020.js"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { parse } from "yaml"
import * as Anneal from "../support/anneal.ts"

const configs = resolve(import.meta.dirname, "../../configs")
const files = readdirSync(configs, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".yaml") && statSync(join(configs, name)).isFile())

/** Those of every task, and those of each built-in one. */
const trees = readdirSync(configs)

const written = mkdtempSync(join(tmpdir(), "anneal-schema-"))
afterAll(() => rmSync(written, { recursive: true, force: true }))

beforeAll(async () => {
  for (const tree of trees) {
    const out = join(written, tree)
    const { code, stderr } = await Anneal.run(written, "config", "schema", join(configs, tree), "--out", out)
    assert.strictEqual(code, 0, stderr)
  }
}, 60_000)

/** What the first line of a config names, or the second below its `@package`. */
const schemaOf = (name: string): string => {
  const text = readFileSync(join(configs, name), "utf8")
  const named = /^(?:# @package .+\n)?# yaml-language-server: \$schema=(.+)\n/.exec(text)?.[1]
  assert.isDefined(named, `${name} has no modeline`)
  return resolve(dirname(join(configs, name)), named ?? "")
}

const validator = (path: string) =>
  new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(path, "utf8")))

describe("the project's configs, by an independent validator", () => {
  it.each(files)("%s is valid against the schema that its first line names", (name) => {
    const validate = validator(schemaOf(name))
    const valid = validate(parse(readFileSync(join(configs, name), "utf8")) ?? {})
    assert.isTrue(valid, JSON.stringify(validate.errors?.slice(0, 3)))
  })

  it("a misspelt key and a wrong type are not", () => {
    const validate = validator(join(configs, "common/.schema/trainer.json"))
    assert.isFalse(validate({ max_epoch: 3 }))
    assert.isFalse(validate({ max_epochs: "many" }))
    assert.isTrue(validate({ max_epochs: 3 }))
  })

  it.each(trees)("a task's own keys are known to its own configs: %s", (tree) => {
    const validate = validator(join(configs, tree, ".schema/train.json"))
    assert.strictEqual(validate({ data: { batch_size: 2 } }), tree !== "common")
    assert.isFalse(validate({ data: { batch_sise: 2 } }))
  })

  it.each(trees)("the committed schemas are those that the Schemas give: %s", (tree) => {
    const names = readdirSync(join(written, tree))
    assert.includeMembers(names, ["train.json", "test.json", "predict.json", "trainer.json"])
    for (const name of names) {
      assert.strictEqual(
        readFileSync(join(configs, tree, ".schema", name), "utf8"),
        readFileSync(join(written, tree, name), "utf8"),
        `${tree}/${name}: run anneal config schema configs/${tree}`
      )
    }
  })
})
