import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as library from "yaml"
import type { Node } from "../../../src/config/node/Node.ts"
import { keyOf } from "../../../src/config/node/Node.ts"
import { placeOf, Source } from "../../../src/config/node/Source.ts"
import * as YamlLines from "../../../src/config/yaml/Lines.ts"
import * as Yaml from "../../../src/config/yaml/Yaml.ts"
import * as Random from "../../hydra/Random.ts"

/** Integers as `1n` and floats as numbers, to distinguish them. */
const plain = (node: Node | undefined): unknown => {
  if (node === undefined) return undefined
  if (node._tag === "Scalar") return node.value
  if (node._tag === "List") return node.items.map(plain)
  return Object.fromEntries([...node.entries].map(([id, child]) => [String(keyOf(node, id)), plain(child)]))
}

const read = (text: string) => Effect.map(Yaml.parse(new Source("t.yaml", text)), plain)
const refusal = (text: string) =>
  Effect.map(Effect.flip(Yaml.parse(new Source("t.yaml", text))), (problems) =>
    problems.map(({ message }) => message)
  )

describe("YAML 1.1 scalars", () => {
  const cases: ReadonlyArray<readonly [text: string, value: unknown]> = [
    ["yes", true],
    ["Off", false],
    ["y", "y"],
    ["~", null],
    ["010", 8n],
    ["0o17", "0o17"],
    ["0x1F", 31n],
    ["0b11", 3n],
    ["1_000", 1000n],
    ["1:30", 90n],
    ["1e3", 1000],
    ["1E-3", 0.001],
    ["5.", 5],
    ["-.inf", Number.NEGATIVE_INFINITY],
    ["12345678901234567890", 12345678901234567890n],
    ["2024-01-01", "2024-01-01"],
    ["12:30:45", 45045n],
    ["!!str 5", "5"],
    ["!!float 1", 1],
    ["!!int '3'", 3n],
    ["'yes'", "yes"],
    ["${a}", "${a}"],
    ["???", "???"]
  ]
  for (const [text, value] of cases) {
    it.effect(`reads ${text}`, () =>
      Effect.map(read(`a: ${text}`), (found) => assert.deepStrictEqual(found, { a: value }))
    )
  }
})

describe("mappings", () => {
  it.effect("merge << in order, their own keys last", () =>
    Effect.map(read("x: &x {p: 1, q: 2}\ny: &y {q: 3}\nz: {<<: [*x, *y], r: 4}\n"), (found) =>
      assert.deepStrictEqual(found, { x: { p: 1n, q: 2n }, y: { q: 3n }, z: { q: 2n, p: 1n, r: 4n } })
    )
  )

  it.effect("merge what stands above in the same mapping, and what << itself anchors", () =>
    Effect.gen(function* () {
      const own = yield* read("x: &x {a: 1, b: &b 2}\nb: *b\n<<: *x\n<<: {c: *b}\n")
      assert.deepStrictEqual(own, { a: 1n, b: 2n, c: 2n, x: { a: 1n, b: 2n } })
      const inner = yield* read("o: {x: &x\n  {y: &y {b: 2}, a: 1}, <<: [*y, *x], b: 3}\n")
      const y = { b: 2n }
      assert.deepStrictEqual(inner, { o: { y, a: 1n, b: 3n, x: { y, a: 1n } } })
      const list = yield* read("c: {<<: [&x {b: 1}, {<<: *x, d: 2}]}\ne: *x\n")
      assert.deepStrictEqual(list, { c: { b: 1n, d: 2n }, e: { b: 1n } })
    })
  )

  it.effect("gain nothing by merging themselves, and cannot merge what they stand in", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read("r: &r {<<: [*r, {b: 2}], a: 1}\n"), { r: { b: 2n, a: 1n } })
      assert.deepStrictEqual(yield* refusal("r: &r {s: {<<: *r, b: 1}, a: 1}\n"), [
        "t.yaml:1:16: << merges a mapping that contains it."
      ])
      assert.deepStrictEqual(yield* refusal("<<: *x\nx: &x {a: 1}\n"), [
        "t.yaml:1:5: there is no anchor &x above."
      ])
      assert.deepStrictEqual(yield* refusal("x: &x {a: 1}\n<<: [*x, 3]\n"), [
        "t.yaml:2:5: << takes a mapping or a list of mappings."
      ])
    })
  )

  it.effect("take numbers and booleans as keys, equal ones once", () =>
    Effect.map(read("1: x\ntrue: y\n1.5: z"), (found) =>
      assert.deepStrictEqual(found, { "1": "y", "1.5": "z" })
    )
  )

  it.effect("refuse a key that appears twice", () =>
    Effect.map(refusal("a: 1\nb:\n  c: 1\n  c: 2\n"), (messages) =>
      assert.deepStrictEqual(messages, [
        't.yaml:4:3: the key "c" appears twice.\nRemove one of them: only the last one would count.'
      ])
    )
  )
})

describe("what is refused", () => {
  const cases: ReadonlyArray<readonly [text: string, message: string]> = [
    ["a: {b: ${c}}", "t.yaml:1:9: unexpected flow-map-start at node end."],
    [
      "a: [x, ???]",
      't.yaml:1:8: "???" must be quoted between brackets.\nWrite "???": in YAML 1.1, ? and a leading : have a special meaning there.'
    ],
    ["a: b: c", "t.yaml:1:4: nested mappings are not allowed in compact mappings."],
    ["\ta: 1", "t.yaml:1:1: a tab is not allowed here.\nUse spaces, or quote the text."],
    ["a: b\tc", "t.yaml:1:5: a tab is not allowed here.\nUse spaces, or quote the text."],
    ["a: *b", "t.yaml:1:4: there is no anchor &b above."],
    ["a: &x [*x]", "t.yaml:1:8: *x refers to a collection that contains it."],
    [
      "a: !python x",
      "t.yaml:1:12: the tag !python is not supported.\nConfigurations contain strings, numbers, booleans, null, lists and mappings."
    ],
    ["? [a]\n: b", "t.yaml:1:3: a key must be a string, number or boolean, not a collection."],
    ["a: =", "t.yaml:1:4: a bare = cannot be a value.\nQuote it: '='."],
    [
      "a: \u0001",
      't.yaml:1:4: the character U+0001 is not allowed in YAML.\nIn a string, write it as an escape: "\\u…".'
    ],
    [
      "a: 1\n---\nb: 2",
      "t.yaml:2:1: source contains multiple documents; please use YAML.parseAllDocuments()."
    ]
  ]
  for (const [text, message] of cases) {
    it.effect(JSON.stringify(text), () =>
      Effect.map(refusal(text), (messages) => assert.strictEqual(messages[0], message))
    )
  }
})

describe("aliases", () => {
  const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
  for (let level = 1; level < 12; level += 1) {
    bomb.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`)
  }

  it.effect("that grow exponentially are refused at their bound", () =>
    Effect.map(refusal(bomb.join("\n")), (messages) => {
      assert.lengthOf(messages, 1)
      assert.include(messages[0], `t.yaml:4:45: the aliases copy more than ${Yaml.maxCopies} values`)
    })
  )

  it.effect("that merge exponentially are refused at their bound", () => {
    const lines = ["m0: &m0 {a: 1, b: 2, c: 3}"]
    for (let level = 1; level < 12; level += 1) {
      lines.push(
        `m${level}: &m${level} {<<: [${Array.from({ length: 10 }, () => `*m${level - 1}`).join(", ")}]}`
      )
    }
    return Effect.map(refusal(lines.join("\n")), (messages) =>
      assert.include(messages[0], "the aliases copy more than")
    )
  })

  it.effect("may repeat a mapping", () =>
    Effect.map(read("a: &x {p: 1}\nb: *x\n"), (found) =>
      assert.deepStrictEqual(found, { a: { p: 1n }, b: { p: 1n } })
    )
  )
})

describe("places", () => {
  it.effect("are those of the values and of their keys", () =>
    Effect.map(Yaml.parse(new Source("t.yaml", "a:\n  - b: 1\n    'c':   two # x\n")), (root) => {
      const list = root?._tag === "Map" ? root.entries.get("a") : undefined
      const item = list?._tag === "List" ? list.items[0] : undefined
      const c = item?._tag === "Map" ? item.entries.get("c") : undefined
      assert.isDefined(c)
      assert.deepStrictEqual(placeOf(c.origin), { _tag: "File", file: "t.yaml", line: 3, column: 12 })
      assert.deepStrictEqual(placeOf(c.origin, "key"), { _tag: "File", file: "t.yaml", line: 3, column: 5 })
    })
  )
})

/** A tree with its offsets, so that two readers can be compared in everything they say. */
const detailed = (node: Node | undefined): unknown => {
  if (node === undefined) return null
  const { origin } = node
  const at = origin._tag === "File" ? [origin.offset, origin.keyOffset] : []
  if (node._tag === "Scalar") return [typeof node.value, String(node.value), ...at]
  if (node._tag === "List") return [node.items.map(detailed), ...at]
  return [[...node.entries].map(([id, child]) => [id, detailed(child)]), ...at]
}

const keys = [
  "a",
  "b",
  "key_1",
  "a.b",
  "override /g",
  "/g@p",
  "on",
  "a b",
  "x-y",
  "_self_",
  "1",
  "'k'",
  "a ",
  "true"
] as const
const values = [
  "1",
  "a b",
  "'q'",
  '"d"',
  "'it''s'",
  "[a, b]",
  "[ a , -1 ]",
  "[]",
  "{}",
  "yes",
  "~",
  "",
  "",
  "1e-3",
  "-x",
  "${a}",
  "${a: b}",
  "a#b",
  "a # c",
  "# c",
  "'x' # c",
  "x:y",
  "x: y",
  "<<",
  "=",
  "*a",
  "&a b",
  "|",
  "é",
  "[a,]",
  "http://x/y:80",
  "2024-01-01",
  "...",
  "{a: 1}",
  "? x"
] as const

const text = (random: Random.Random, indent: number): string => {
  const lines: Array<string> = []
  const pad = " ".repeat(indent)
  for (let count = 1 + random.below(4); count > 0; count -= 1) {
    const key = random.pick(keys) + (random.chance(0.6) ? String(count) : "")
    const roll = random.next()
    if (roll < 0.55) lines.push(`${pad}${key}: ${random.pick(values)}${random.chance(0.1) ? "  # c" : ""}`)
    else if (roll < 0.7 && indent < 8)
      lines.push(`${pad}${key}:`, text(random, indent + random.pick([0, 1, 2, 2, 4])))
    else if (roll < 0.85)
      lines.push(`${pad}- ${random.pick(values)}`, `${pad}- ${key}: ${random.pick(values)}`, `${pad}  z: 1`)
    else lines.push(random.pick([`${pad}# comment`, "", `${pad}${key}:`]))
  }
  return lines.join("\n")
}

describe("the reader of plain lines", () => {
  it("says exactly what the full parser says, or nothing", () => {
    const random = Random.make(7)
    let compared = 0
    for (let round = 0; round < 20_000; round += 1) {
      const source = new Source("t.yaml", `${text(random, 0)}\n`)
      const fast = YamlLines.read(source)
      if (fast === undefined) continue
      compared += 1
      const full = Yaml.read(library, source)
      const expected = Result.isSuccess(full)
        ? detailed(full.success)
        : full.failure.map(({ message }) => message)
      assert.deepStrictEqual(detailed(fast.node), expected, source.text)
    }
    assert.isAbove(compared, 1000)
  })

  it("reads what configs are mostly made of", () => {
    const config =
      "defaults:\n  - base\n  - db: mysql\n  - _self_\n\nseed: 42  # a comment\nname: ${db.name}\nlr: [1e-3, 2]\nnested:\n  on_start: yes\n"
    assert.isDefined(YamlLines.read(new Source("t.yaml", config)))
  })
})
