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

const written = mkdtempSync(join(tmpdir(), "anneal-schema-"))
afterAll(() => rmSync(written, { recursive: true, force: true }))

beforeAll(async () => {
  const { code, stderr } = await Anneal.run(written, "config", "schema", configs, "--out", written)
  assert.strictEqual(code, 0, stderr)
}, 60_000)

/** What the first line of a config names. */
const schemaOf = (name: string): string => {
  const [first = ""] = readFileSync(join(configs, name), "utf8").split("\n")
  const named = /^# yaml-language-server: \$schema=(.+)$/.exec(first)?.[1]
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
    const validate = validator(join(configs, ".schema/trainer.json"))
    assert.isFalse(validate({ max_epoch: 3 }))
    assert.isFalse(validate({ max_epochs: "many" }))
    assert.isTrue(validate({ max_epochs: 3 }))
  })

  it("the committed schemas are those that the Schemas give", () => {
    for (const name of readdirSync(written)) {
      assert.strictEqual(
        readFileSync(join(configs, ".schema", name), "utf8"),
        readFileSync(join(written, name), "utf8"),
        `${name}: run anneal config schema`
      )
    }
  })
})
