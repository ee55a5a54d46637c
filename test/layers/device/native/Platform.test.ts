import { assert, describe, it } from "@effect/vitest"
import * as Platform from "../../../../src/layers/device/native/Platform.ts"
import * as Tools from "../../../../src/layers/device/native/Tools.ts"
import * as Vendor from "../../../../src/layers/device/native/Vendor.ts"

const debian = { platform: "linux", arch: "x64", glibc: "2.36" }

describe("a machine", () => {
  it("is refused where no library is built for it, with what runs there", () => {
    const step = (host: Platform.Host) => Platform.refusal("native", host)?.step
    assert.isUndefined(step(debian))
    assert.strictEqual(step({ ...debian, arch: "arm64" }), "architecture")
    assert.strictEqual(step({ ...debian, platform: "darwin" }), "architecture")
    assert.strictEqual(step({ ...debian, glibc: undefined }), "glibc")
    assert.include(Platform.refusal("gpu", { ...debian, platform: "win32" })?.message, "wasm")
  })

  it.runIf(process.platform === "linux")("names its C library", () => {
    assert.match(Platform.host().glibc ?? "musl", /^(\d+\.\d+|musl)$/)
  })
})

describe("a wheel's name", () => {
  const step = (tag: string, glibc: string) =>
    Platform.wheelRefusal("native", `tensorflow_cpu-2.21.0-cp311-cp311-${tag}.whl`, { ...debian, glibc })
      ?.step
  for (const [tag, glibc, wanted] of [
    ["manylinux_2_27_x86_64", "2.27", undefined],
    ["manylinux_2_27_x86_64", "2.26", "glibc"],
    ["manylinux_2_17_x86_64.manylinux2014_x86_64", "2.17", undefined],
    ["manylinux2014_x86_64", "2.12", "glibc"],
    ["manylinux_2_27_aarch64", "2.36", "architecture"],
    ["win_amd64", "2.36", "architecture"]
  ] as const) {
    it(`${tag} on glibc ${glibc}: ${wanted ?? "fits"}`, () => {
      assert.strictEqual(step(tag, glibc), wanted)
    })
  }

  it("with an unknown name is tried", () => {
    assert.isUndefined(Platform.wheelRefusal("native", "renamed.whl", debian))
  })
})

describe("the vendor's addresses", () => {
  it("are tfjs-node's own", () => {
    assert.deepStrictEqual(Vendor.addresses("native", {}), {
      library:
        "https://storage.googleapis.com/tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz",
      addon:
        "https://storage.googleapis.com/tf-builds/pre-built-binary/napi-v8/4.22.0/CPU-linux-4.22.0.tar.gz"
    })
  })

  it("follow tfjs-node's settings for a mirror", () => {
    const { library, addon } = Vendor.addresses("gpu", { CDN_STORAGE: "https://mirror/" })
    assert.match(library, /^https:\/\/mirror\/.*-gpu-linux-x86_64/)
    assert.match(addon, /^https:\/\/mirror\/.*\/GPU-linux/)
    assert.match(
      Vendor.addresses("native", { TFJS_NODE_BASE_URI: "https://base-" }).library,
      /^https:\/\/base-cpu-/
    )
  })
})

describe("what an installation runs", () => {
  it("is asked for before the installation", () => {
    assert.deepStrictEqual(Tools.missing("/nowhere"), ["npm", "tar", "python3", "g++"])
    assert.include(
      Tools.cure("Then run it", "/nowhere"),
      "apt-get install nodejs npm tar python3 python3-pip g++"
    )
  })
})
