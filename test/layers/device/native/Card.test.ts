import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Card from "../../../../src/layers/device/native/Card.ts"

let root = ""
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "anneal-card-"))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

const version = () =>
  write("proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15")
const information = "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 16\n"

const reason = (env = {}) => {
  const presence = Card.probe(root, env)
  return presence.present ? "present" : `${presence.reason}: ${presence.cure}`
}

describe("a card", () => {
  it("is absent without a driver, with what to install", () => {
    assert.match(reason(), /no NVIDIA driver is loaded: Install the driver .*nvidia-smi/)
  })

  it("is absent where the driver sees none", () => {
    version()
    assert.match(reason(), /sees no card: .*--gpus all/)
    mkdirSync(join(root, "proc/driver/nvidia/gpus"))
    assert.match(reason(), /sees no card/)
  })

  it("is absent where the environment hides it", () => {
    version()
    write("proc/driver/nvidia/gpus/0000:01:00.0/information", information)
    assert.strictEqual(reason(), "present")
    assert.match(reason({ CUDA_VISIBLE_DEVICES: "" }), /hides every card: Unset it/)
    assert.match(reason({ CUDA_VISIBLE_DEVICES: "-1" }), /hides every card/)
    assert.strictEqual(reason({ CUDA_VISIBLE_DEVICES: "0" }), "present")
  })

  it("is present in Windows' subsystem for Linux, whose driver is outside", () => {
    write("usr/lib/wsl/lib/libcuda.so.1", "")
    assert.strictEqual(reason(), "present")
  })

  it("is one, the last of those that are visible", () => {
    assert.strictEqual(Card.chosen({}), "0")
    assert.strictEqual(Card.chosen({ CUDA_VISIBLE_DEVICES: "1, 3" }), "3")
  })

  it("has a name, its memory and whether it rounds to TF32", () => {
    const card = Card.parse("NVIDIA H100 80GB HBM3, 81559, 550.54.15")
    assert.deepStrictEqual(card, {
      name: "NVIDIA H100 80GB HBM3",
      bytes: 81559 * 2 ** 20,
      driver: "550.54.15"
    })
    assert.strictEqual(Card.label(card ?? { name: "" }, {}), "NVIDIA H100 80GB HBM3, 79.6 GiB, TF32 off")
    assert.strictEqual(Card.label({ name: "T4" }, { NVIDIA_TF32_OVERRIDE: "1" }), "T4, TF32 on")
    assert.isUndefined(Card.parse(""))
  })

  it.effect("is named by the driver where nvidia-smi does not answer", () =>
    Effect.gen(function* () {
      const path = process.env["PATH"]
      process.env["PATH"] = root
      write("proc/driver/nvidia/gpus/0000:01:00.0/information", information)
      const card = yield* Card.describe("0", root)
      process.env["PATH"] = path
      assert.deepStrictEqual(card, { name: "NVIDIA H100 80GB HBM3" })
    })
  )
})
