import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Address from "../../../src/layers/internal/Address.ts"

const login = (text: string) =>
  Option.getOrUndefined(
    Option.map(Address.read(text).login, ({ user, password }) => [user, Redacted.value(password)])
  )

describe("Address", () => {
  it.each([
    ["https://joe:hunter2@host:5000/path/", "https://host:5000/path", ["joe", "hunter2"]],
    ["http://joe:a:b%40c@host", "http://host", ["joe", "a:b@c"]],
    ["http://joe:100%@host", "http://host", ["joe", "100%"]],
    ["http://joe:a@b@host", "http://host", ["joe", "a@b"]],
    ["http://token@host", "http://host", ["token", ""]],
    ["http://joe:pa/ss?w#d@host:5000/x", "http://host:5000/x", ["joe", "pa/ss?w#d"]],
    ["http://joe:/s@host", "http://host", ["joe", "/s"]],
    ["http://joe:%E0%A4%A@host", "http://host", ["joe", "%E0%A4%A"]],
    ["http://joe:%FF@host", "http://host", ["joe", "%FF"]],
    ["http://host/a@b", "http://host/a@b", undefined],
    ["http://host:5000/a@b", "http://host:5000/a@b", undefined],
    ["http://[::1]:5000/a@b", "http://[::1]:5000/a@b", undefined],
    ["http://host?to=a@b", "http://host?to=a@b", undefined],
    ["127.0.0.1:5000//", "127.0.0.1:5000", undefined]
  ])("takes %s apart", (text, base, expected) => {
    assert.strictEqual(Address.read(text).base, base)
    assert.deepStrictEqual(login(text), expected)
  })

  it("hides what may be a password that has a slash, a question mark or a hash in it", () => {
    for (const password of ["pa/ss", "pa?ss", "pa#ss", "12/ss", "/pass"]) {
      const text = Address.masked(`no answer from http://joe:${password}@host/api (refused)`)
      assert.strictEqual(text, "no answer from http://***@host/api (refused)")
    }
  })

  it("knows an address however it is written", () => {
    assert.isTrue(Address.isSame("HTTP://Host:80/", "http://host"))
    assert.isFalse(Address.isSame("http://host", "https://host"))
    assert.isFalse(Address.isSame("http://host/a", "http://host"))
    assert.isFalse(Address.isSame("http://host", "http://host.elsewhere"))
  })

  it("takes no longer than a text is long", () => {
    assert.lengthOf(Address.masked("a.".repeat(200_000)), 400_000)
    assert.lengthOf(Address.masked("a://b:".repeat(20_000)), 120_000)
  })

  it("hides every login of a text, and nothing else", () => {
    assert.strictEqual(
      Address.masked('no answer from https://joe:x@host/a, "http://t@b"; mail me@home, see http://host/a@b'),
      'no answer from https://***@host/a, "http://***@b"; mail me@home, see http://host/a@b'
    )
  })
})
