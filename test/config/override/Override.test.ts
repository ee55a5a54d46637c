import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Override from "../../../src/config/override/Override.ts"
import type { OverrideValue } from "../../../src/config/override/Value.ts"
import * as Tagged from "../../vectors/Tagged.ts"

const parsed = (input: string): Override.Override => {
  const result = Override.parse(input, 0)
  return Result.isSuccess(result) ? result.success : assert.fail(result.failure.message)
}

const valueNode = (text: string): OverrideValue =>
  parsed(`key=${text}`).value ?? assert.fail("there is no value")

/** A value in a notation that distinguishes what JSON does not. */
const value = (text: string): unknown => Tagged.overrideValue(valueNode(text))

const failure = (input: string): Override.OverrideSyntaxError => {
  const result = Override.parse(input, 3)
  return Result.isFailure(result) ? result.failure : assert.fail(`${input} was accepted`)
}

describe("Override keys", () => {
  it("distinguishes the four kinds", () => {
    const kinds = ["a=1", "+a=1", "++a=1", "~a=1", "~a"].map((input) => parsed(input).kind)
    assert.deepStrictEqual(kinds, ["change", "add", "forceAdd", "delete", "delete"])
  })

  it("reads dotted keys, list indices, groups and packages", () => {
    const key = (input: string) => [parsed(input).key.keyOrGroup, parsed(input).key.package]
    assert.deepStrictEqual(key("trainer.callbacks.0.patience=3"), ["trainer.callbacks.0.patience", undefined])
    assert.deepStrictEqual(key("data/train@loaders.train=receipts"), ["data/train", "loaders.train"])
    assert.deepStrictEqual(key("data@=receipts"), ["data", ""])
    assert.deepStrictEqual(key("$special-key=1"), ["$special-key", undefined])
    assert.deepStrictEqual(key("@backup=1"), ["", "backup"])
  })

  it("keeps the place of the key and of the value", () => {
    const { key, value: found } = parsed("++a.b@c=  [1, 'x']")
    assert.deepStrictEqual(key.span, { start: 2, end: 7 })
    assert.deepStrictEqual(found?.span, { start: 10, end: 18 })
    const items = found?._tag === "List" ? found.items.map((item) => item.span) : []
    assert.deepStrictEqual(items, [
      { start: 11, end: 12 },
      { start: 14, end: 17 }
    ])
  })

  it("writes the key with its prefix and package", () => {
    assert.strictEqual(Override.keyText(parsed("++db@backup=x")), "++db@backup")
  })

  it("has no value for a bare deletion, and an empty text after a bare equals sign", () => {
    assert.strictEqual(parsed("~a").value, undefined)
    assert.deepStrictEqual(valueNode(""), { _tag: "Text", value: "", span: { start: 4, end: 4 } })
    assert.deepStrictEqual(valueNode("   "), { _tag: "Text", value: "", span: { start: 7, end: 7 } })
  })
})

describe("Override scalars", () => {
  it("reads numbers in all their forms", () => {
    const numbers = ["10", "-0", "+7", "1_000", "1.0", ".5", "1.", "1e3", "-2.5E-1", "inf", "-INF", "NaN"]
    assert.deepStrictEqual(numbers.map(value), [
      10,
      0,
      7,
      1000,
      { $float: "1.0" },
      0.5,
      { $float: "1.0" },
      { $float: "1000.0" },
      -0.25,
      { $float: "inf" },
      { $float: "-inf" },
      { $float: "nan" }
    ])
  })

  it("keeps whole numbers exact beyond the safe integers", () => {
    assert.deepStrictEqual(value("9007199254740993"), { $int: "9007199254740993" })
    assert.strictEqual(value("9007199254740991"), 9007199254740991)
  })

  it("reads what only looks like a number as text", () => {
    const texts = ["0123", "1__0", "1_", "0x10", "1.2.3", "2024-01-01", "10abc", "1e", "--1"]
    assert.deepStrictEqual(texts.map(value), texts)
  })

  it("reads null and booleans in any case, and yes, no, on and off as text", () => {
    assert.deepStrictEqual(["null", "NULL", "true", "False"].map(value), [null, null, true, false])
    assert.deepStrictEqual(["yes", "off", "None", "nullable"].map(value), ["yes", "off", "None", "nullable"])
  })

  it("trims white space around text and keeps it inside", () => {
    assert.strictEqual(value(" \ta  b\t "), "a  b")
  })

  it("resolves escapes outside quotes", () => {
    assert.strictEqual(value("a\\, b\\=\\(c\\)\\\\"), "a, b=(c)\\")
    assert.strictEqual(value("\\ a\\ "), " a ")
    assert.strictEqual(value("C:\\dir"), "C:\\dir")
  })

  it("resolves only what has to be escaped inside quotes", () => {
    assert.deepStrictEqual(value("'it\\'s'"), { $quoted: "it's", quote: "single" })
    assert.deepStrictEqual(value('"a\\\\"'), { $quoted: "a\\", quote: "double" })
    assert.deepStrictEqual(value("'\\n \\\\x'"), { $quoted: "\\n \\\\x", quote: "single" })
    assert.deepStrictEqual(value("'[1, 日]'"), { $quoted: "[1, 日]", quote: "single" })
  })

  it("keeps interpolations as text", () => {
    assert.strictEqual(value("${oc.env:HOME,'a b'}/x_${n}"), "${oc.env:HOME,'a b'}/x_${n}")
  })
})

describe("Override containers", () => {
  it("reads lists and dictionaries, nested and spaced", () => {
    assert.deepStrictEqual(value("[ 1, [a,{b: [] }], null ]"), [1, ["a", { b: [] }], null])
    assert.deepStrictEqual(value("{a:1, b c:{d:e}}"), { a: 1, "b c": { d: "e" } })
  })

  it("reads keys that are not text, one for each value that is equal", () => {
    assert.deepStrictEqual(value("{1:a,null:b,1.5:c,true:d}"), {
      $dict: [
        [1, "d"],
        [null, "b"],
        [1.5, "c"]
      ]
    })
  })

  it("refuses to nest without end instead of overflowing the stack", () => {
    assert.include(failure(`key=${"[".repeat(100_000)}`).problem, "nested deeper than 200")
    assert.isTrue(Result.isSuccess(Override.parse(`key=${"[".repeat(150)}${"]".repeat(150)}`, 0)))
  })
})

describe("Override functions", () => {
  const choice = ($choice: ReadonlyArray<unknown>, rest = {}) => ({
    $choice,
    simple_form: true,
    shuffle: false,
    tags: [],
    ...rest
  })

  it("casts scalars, containers and sweeps", () => {
    assert.strictEqual(value("int('10')"), 10)
    assert.deepStrictEqual(value("float([1,{a:2}])"), [{ $float: "1.0" }, { a: { $float: "2.0" } }])
    assert.deepStrictEqual(value("str(1,1e-5,true)"), choice(["1", "1e-05", "true"]))
    assert.deepStrictEqual(value("bool(choice(0,'False'))"), choice([false, false], { simple_form: false }))
    assert.deepStrictEqual(value("int(range(1.5,4.5))"), { $range: [1, 4, 1], shuffle: false, tags: [] })
  })

  it("makes sweeps", () => {
    assert.deepStrictEqual(value("a,'b,c',3"), choice(["a", { $quoted: "b,c", quote: "single" }, 3]))
    assert.deepStrictEqual(value("choice([1],[2])"), choice([[1], [2]], { simple_form: false }))
    assert.deepStrictEqual(value("range(5.5,null,step=0.5)"), {
      $range: [0, 5.5, 0.5],
      shuffle: false,
      tags: []
    })
    assert.deepStrictEqual(value("tag(t,u,interval(0,1))"), {
      $interval: [{ $float: "0.0" }, { $float: "1.0" }],
      tags: ["t", "u"]
    })
    assert.deepStrictEqual(value("glob([a*,b?],exclude=ab)"), {
      $glob: { include: ["a*", "b?"], exclude: ["ab"] }
    })
  })

  it("sorts stably in both directions, numbers of any kind together and text by code point", () => {
    assert.deepStrictEqual(value("sort(2,1.5,true)"), choice([true, 1.5, 2]))
    assert.deepStrictEqual(value("sort([1,true,1.0,0],reverse=true)"), [1, true, { $float: "1.0" }, 0])
    assert.deepStrictEqual(value("sort('\u{1f600}','\uffee',z)"), choice(["z", "\uffee", "\u{1f600}"]))
    assert.deepStrictEqual(value("sort(range(5),reverse=true)"), {
      $range: [4, -1, -1],
      shuffle: false,
      tags: []
    })
  })

  it("shuffles a list by a seed from the text, so that the same override gives the same list", () => {
    const list = "shuffle([1,2,3,4,5,6,7,8])"
    assert.deepStrictEqual(value(list), value(list))
    assert.notDeepEqual(value(list), [1, 2, 3, 4, 5, 6, 7, 8])
    assert.strictEqual(Tagged.show(Tagged.unordered(value(list))), "[1,2,3,4,5,6,7,8]")
  })

  for (const [call, problem] of [
    ["nope(1)", "there is no function 'nope'"],
    ["int(a)", '"a" cannot be cast to int'],
    ["int(inf)", "Infinity cannot be cast to int"],
    ["bool(yes)", '"yes" cannot be cast to bool'],
    ["str(range(3))", "a RangeSweep cannot be cast to str"],
    ["choice()", "choice() needs at least one value"],
    ["choice(choice(a,b))", "choice() cannot be nested"],
    ["range(a,b)", "range() does not accept Text for 'start'"],
    ["range(stop=3)", "range() needs 'start'"],
    ["range(1,2,null)", "range() does not accept Null for 'step'"],
    ["range(1,start=2)", "range() is given 'start' twice"],
    ["range(1,2,3,4)", "range() takes at most 3 arguments"],
    ["range(start=1,2)", "range() has a positional argument after a named one"],
    ["sort(1,a)", "sort() cannot order values of different kinds"],
    ["sort(1,by=2)", "sort() has no parameter 'by'"],
    ["tag(a)", "tag() needs a sweep as its last argument"]
  ] as const) {
    it(`refuses ${call}`, () => {
      assert.strictEqual(failure(`key=${call}`).problem, problem)
    })
  }
})

describe("OverrideSyntaxError", () => {
  it("draws a caret under the character and says what to do", () => {
    const error = failure("key=[1;2]")
    assert.strictEqual(error.index, 3)
    assert.strictEqual(
      error.message,
      [
        'override "key=[1;2]" is malformed: ";" is not allowed in a value without quotes (character 7)',
        "  key=[1;2]",
        "        ^",
        "Put the value in quotes (key='…'), and the whole override in the other kind of quotes for the shell (\"key='…'\")."
      ].join("\n")
    )
  })

  it("keeps the caret in place behind tabs and line breaks", () => {
    const [, shown = "", caret = ""] = failure("a=${\n}\té").message.split("\n")
    assert.strictEqual(shown, "  a=${\u21b5}\té")
    assert.strictEqual(caret, "        \t^")
  })

  for (const [input, start, problem] of [
    ["", 0, "there is no '=' after the key"],
    ["lr", 2, "there is no '=' after the key"],
    ["a b=1", 1, '" " is not allowed in a key'],
    ["1a=1", 0, '"1" is not allowed in a key'],
    ["a/b.c=1", 2, "unexpected 'b.c'"],
    ["a=b=c", 3, "unexpected '=' after the value"],
    ["a=[1,2", 6, "the override ends here"],
    ["a=1,", 4, "the override ends here"],
    ["a='b", 2, "this ' opens a quoted string that is never closed"],
    ["a=b'c'", 3, "unexpected ''c'' after the value"],
    ["a=[1] ", 5, "unexpected ' ' after the value"],
    ["a={b}", 4, "unexpected '}'"],
    ["a=${b", 3, "unexpected '{' after the value"]
  ] as const) {
    it(`points into ${JSON.stringify(input)}`, () => {
      const error = failure(input)
      assert.deepStrictEqual([error.start, error.problem], [start, problem])
      assert.notStrictEqual(error.cure, "")
    })
  }
})
