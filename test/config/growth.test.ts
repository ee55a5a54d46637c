import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Result from "effect/Result"
import * as Strftime from "../../src/config/interpolation/Strftime.ts"
import * as InterpolationSyntax from "../../src/config/interpolation/Syntax.ts"
import * as KeyPath from "../../src/config/node/KeyPath.ts"
import * as Nearest from "../../src/config/node/Nearest.ts"
import { scalar } from "../../src/config/node/Node.ts"
import * as Python from "../../src/config/node/Python.ts"
import { Source } from "../../src/config/node/Source.ts"
import * as Override from "../../src/config/override/Override.ts"
import * as Glob from "../../src/config/source/Glob.ts"
import * as Header from "../../src/config/source/Header.ts"
import * as YamlWriter from "../../src/config/yaml/Writer.ts"
import * as Yaml from "../../src/config/yaml/Yaml.ts"
import * as Address from "../../src/layers/internal/Address.ts"
import * as Artifacts from "../../src/layers/logger/mlflow/Artifacts.ts"
import * as CsvTable from "../../src/layers/logger/sink/CsvTable.ts"
import * as Netrc from "../../src/layers/logger/tracker/Netrc.ts"
import * as Retention from "../../src/pipeline/train/Retention.ts"
import * as JsonText from "../../src/tasks/textDetection/data/JsonText.ts"

/** What readers look ahead for, or go back over: each is repeated, and ends in what it may not end in. */
const pieces = [
  "1",
  "_1",
  "1:",
  ".",
  "[",
  "{",
  "${",
  "${a:",
  "'",
  '"',
  "\\",
  "\\n",
  "(",
  " ",
  "\n",
  "=",
  ",",
  "a."
]
const more = [
  ...pieces,
  "-",
  "e1",
  ":",
  "#",
  "*",
  "int(1),",
  "a: b\n",
  "- ",
  "- a\n",
  "?",
  "@",
  "/",
  "%",
  "\u0663"
]
const ends = ["", "x", "\n!"]

const length = 100_000
const hostile = (scale: number): ReadonlyArray<string> =>
  more.flatMap((piece) => ends.map((end) => piece.repeat(Math.ceil((length * scale) / piece.length)) + end))

/** Seconds of this process, which others on the machine do not lengthen. */
const cost = (run: () => unknown): number => {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** A reader may take its time or let it grow with the text, but not both grow and take long: a quarter is 16 times cheaper. */
const isQuadratic = (read: (text: string) => unknown, long: string, short: string): boolean => {
  if (cost(() => read(long)) < 0.5) return false
  const best = (text: string) => Math.min(...[1, 2, 3].map(() => cost(() => read(text))))
  return best(long) > 0.5 && best(long) > 10 * best(short)
}

const grows = (read: (text: string) => unknown, scale = 1) => {
  const shorter = hostile(scale / 4)
  for (const [index, long] of hostile(scale).entries()) {
    const short = shorter[index] ?? ""
    assert.isFalse(isQuadratic(read, long, short), `${JSON.stringify(long.slice(0, 12))}…${long.slice(-2)}`)
  }
}

const written = (text: string) => {
  const parsed = Override.parse(`key=${text}`, 0)
  return Result.isFailure(parsed) ? parsed.failure.message : parsed.success
}
const origin = { _tag: "Computed", by: "a test" } as const

const readers: { readonly [name: string]: (text: string) => unknown } = {
  "an override's key": (text) => Override.parse(text, 0),
  "an override's value": written,
  "a list in an override": (text) => Override.parse(`key=[${text}]`, 0),
  "a cast": (text) => Override.parse(`key=float('${text}')`, 0),
  "an interpolation": (text) => InterpolationSyntax.parse(text),
  "a key in an interpolation": (text) => InterpolationSyntax.parse(`\${${text}}`),
  "a resolver's argument": (text) => InterpolationSyntax.parseElement(text),
  "a whole number": Python.parseInt,
  "a number": Python.parseFloat,
  "a key": KeyPath.split,
  "a pattern of options": (text) => Glob.matches("an_option", text),
  "a mistyped name": (text) => Nearest.nearest(text, [`${text}y`]),
  "a header": (text) => Header.read(new Source("a.yaml", `x\n# ${text}`)),
  "a date's pattern": (text) => Strftime.format(new Date(0), text),
  "YAML that is written": (text) => YamlWriter.write(scalar(text, origin)),
  "a CSV header": (text) => CsvTable.parseHeader(`step,${text}`),
  "a CSV row": (text) => CsvTable.resume(`step,a\n${text}`, 10),
  "a netrc": (text) => Netrc.passwordFor(text, "host", true),
  "a JSON text": (text) => JsonText.walk(text, {}),
  "a JSON string": (text) => JsonText.walk(`"${text}`, {}),
  "a checkpoint's name": (text) => Retention.problemOf(text),
  "a server's address": Address.read,
  "a sentence with addresses": (text) => Address.masked(`at a://${text}`),
  "a place of artifacts": (text) => Artifacts.rootOf(`mlflow-artifacts:${text}`)
}

describe("the work of reading grows with the length of the text, not with its square, for", () => {
  for (const [name, read] of Object.entries(readers)) it(`${name}`, () => grows(read), 120_000)

  it.effect(
    "YAML",
    () => Effect.map(Yaml.reader, (read) => grows((text) => read(new Source("a.yaml", `a: ${text}`)), 1 / 5)),
    120_000
  )
})

/** Eight million characters: patterns that keep a note for each group they pass run out of memory for them. */
const huge = (piece: string): string => piece.repeat(8_000_000 / piece.length)

describe("texts of many megabytes are read or refused, and throw nothing:", () => {
  it("numbers", () => {
    for (const text of [huge("1"), huge("_1"), `1${huge("_1")}`, `1${huge(":1")}`]) {
      assert.isUndefined(Python.parseFloat(`${text}x`))
      assert.isUndefined(Python.parseInt(text))
    }
  })

  it("strings with escapes in JSON", () => {
    assert.isUndefined(JsonText.walk(`"${huge("\\n")}"`, {}))
    assert.strictEqual(JsonText.walk(`"${huge("\\n")}`, {})?.offset, 0)
  })

  it("headers of tables", () => assert.isUndefined(CsvTable.parseHeader(`step,"${huge('""')}`)))

  it("interpolations", () =>
    assert.isTrue(Result.isFailure(InterpolationSyntax.parse(`\${f:1${huge("_1")}}`))))

  it.effect("values in YAML", () =>
    Effect.map(Yaml.reader, (read) => {
      const problemOf = (text: string) => {
        const found = read(new Source("a.yaml", text))
        return Result.isFailure(found) ? found.failure[0]?.message : "none"
      }
      assert.strictEqual(
        problemOf(`a: 1${huge("_1")}`)?.split("\n")[0],
        "a.yaml:1:4: a number of more than 4300 digits."
      )
      assert.strictEqual(problemOf(`a: !!binary ${huge("A")}`), "none")
      assert.strictEqual(
        problemOf(`a: !!binary ${huge("A")}*`),
        "a.yaml:1:13: the !!binary value is not base64."
      )
    })
  )

  it.effect("YAML beyond its bound, which is refused at its place", () =>
    Effect.gen(function* () {
      const text = `a: "${"x".repeat(Yaml.maxLength)}"\n`
      const [problem] = yield* Effect.flip(Yaml.parse(new Source("configs/a.yaml", text)))
      assert.strictEqual(
        problem?.message,
        "configs/a.yaml:1:1: the text has 8388614 characters, and at most 8388608 are allowed.\n" +
          "Put large data in its own file, and the path of that file in the configuration."
      )
    })
  )
})
