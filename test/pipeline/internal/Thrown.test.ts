import { assert, it } from "vitest"
import { DeviceError } from "../../../src/pipeline/device/Device.ts"
import * as Thrown from "../../../src/pipeline/internal/Thrown.ts"

it("says what was thrown, whatever it was", () => {
  assert.strictEqual(Thrown.sentence(new TypeError("no such tensor")), "no such tensor")
  assert.strictEqual(Thrown.sentence("out of memory"), "out of memory")
  assert.strictEqual(Thrown.sentence(undefined), "undefined")
  assert.strictEqual(Thrown.sentence({ code: 3 }), "[object Object]")
})

it("leaves errors readable that a test runner rebuilt without their classes", () => {
  const rebuilt = Object.assign(Object.create(null), { message: "the fake device has no tf.conv2d" })
  const { message } = new DeviceError({ operation: "classify", cause: rebuilt })
  assert.strictEqual(message, "the device failed in classify: the fake device has no tf.conv2d")
})
