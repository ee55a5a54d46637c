import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { afterAll, assert, describe, it } from "vitest"
import * as DeviceLayer from "../../src/layers/device/Device.ts"
import { absence } from "../layers/device/contract.ts"
import * as Anneal from "../support/anneal.ts"

const cwd = Anneal.temporary()
afterAll(() => Anneal.remove(cwd))

const missing = await Effect.runPromise(absence(DeviceLayer, "webgpu"))

const losses = (name: string): ReadonlyArray<number> => {
  const [header = "", ...rows] = readFileSync(join(Anneal.runIn(cwd, "train", name), "metrics.csv"), "utf8")
    .trim()
    .split("\n")
  const column = header.split(",").indexOf("train/loss_epoch")
  return rows.flatMap((row) => {
    const cell = row.split(",")[column]
    return cell === undefined || cell === "" ? [] : [Number(cell)]
  })
}

describe("trainer.accelerator=webgpu", () => {
  it("ends with 3 where its packages are not installed, and says with what they are", async () => {
    const before = process.env["ANNEAL_HOME"]
    process.env["ANNEAL_HOME"] = join(cwd, "home")
    const { code, stderr } = await Anneal.run(cwd, "train", ...Anneal.small, "trainer.accelerator=webgpu")
    if (before === undefined) delete process.env["ANNEAL_HOME"]
    else process.env["ANNEAL_HOME"] = before
    assert.strictEqual(code, 3, stderr)
    assert.include(stderr, "anneal engine install webgpu")
  })

  it("is not installed from a wheel", async () => {
    const { code, stderr } = await Anneal.run(cwd, "engine", "install", "webgpu", "--wheel", "x.whl")
    assert.strictEqual(code, 2, stderr)
    assert.include(stderr, "--wheel")
  })
})

describe.skipIf(missing !== undefined)(`engine webgpu${missing === undefined ? "" : `: ${missing}`}`, () => {
  const train = (engine: string, epochs: number, ...more: ReadonlyArray<string>) =>
    Anneal.run(
      cwd,
      "train",
      ...Anneal.small,
      `exp_name=${engine}`,
      `trainer.accelerator=${engine}`,
      `trainer.max_epochs=${epochs}`,
      ...more
    )

  it("trains like wasm, resumes, tests, and ends each time", async () => {
    const wasm = await train("wasm", 3)
    assert.strictEqual(wasm.code, 0, wasm.stderr)
    const begun = await train("webgpu", 2)
    assert.strictEqual(begun.code, 0, begun.stderr)
    const resumed = await train("webgpu", 3, "resume=last")
    assert.strictEqual(resumed.code, 0, resumed.stderr)
    const wanted = losses("wasm")
    const seen = losses("webgpu")
    assert.strictEqual(wanted.length, 3)
    assert.strictEqual(seen.length, 3)
    seen.forEach((loss, epoch) => {
      assert.closeTo(loss, wanted[epoch] ?? Number.NaN, 0.01, `epoch ${epoch}`)
    })
    const run = Anneal.runIn(cwd, "train", "webgpu")
    assert.match(JSON.parse(readFileSync(join(run, "run.json"), "utf8")).engine, /^WebGPU on /)
    const tested = await Anneal.run(
      cwd,
      "test",
      "exp_name=webgpu",
      "checkpoint_path=last",
      "trainer.accelerator=webgpu"
    )
    assert.strictEqual(tested.code, 0, tested.stderr)
    assert.property(JSON.parse(tested.stdout), "test/hmean")
  })
})
