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
    ["http://host/a@b", "http://host/a@b", undefined],
    ["http://host?to=a@b", "http://host?to=a@b", undefined],
    ["127.0.0.1:5000//", "127.0.0.1:5000", undefined]
  ])("takes %s apart", (text, base, expected) => {
    assert.strictEqual(Address.read(text).base, base)
    assert.deepStrictEqual(login(text), expected)
  })

  it("hides every login of a text, and nothing else", () => {
    assert.strictEqual(
      Address.masked('no answer from https://joe:x@host/a, "http://t@b"; mail me@home, see http://host/a@b'),
      'no answer from https://***@host/a, "http://***@b"; mail me@home, see http://host/a@b'
    )
  })
})
