/** A trained net leaves: the folder of an export, and what is refused. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Detector from "../../src/serve/Detector.ts"
import * as Anneal from "../support/anneal.ts"
import * as Project from "../support/project.ts"

const cwd = Anneal.temporary()
const foreign = Project.foreign()
afterAll(() => {
  Anneal.remove(cwd)
  Anneal.remove(foreign)
})

interface Compared {
  readonly input: string
  readonly relative: number
}

const json = (folder: string, name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"))

/** A net that has hardly learnt anything still finds something. */
const everywhere = ["postprocess.thresh=0.05", "postprocess.box_thresh=0.05", "trainer.max_epochs=2"]

describe("anneal export", () => {
  let run = ""
  beforeAll(async () => {
    const { code, stderr } = await Anneal.run(cwd, "train", ...Anneal.small, ...everywhere, "exp_name=leaves")
    assert.strictEqual(code, 0, stderr)
    run = Anneal.runIn(cwd, "train", "leaves")
  })

  it("writes a folder that clients know, compared with the engine on made-up and real input", async () => {
    const ended = await Anneal.run(cwd, "export", run, "--to", "onnx", "--to", "safetensors", "--out", "out")
    assert.strictEqual(ended.code, 0, ended.stderr)
    assert.match(ended.stdout, /compared .* apart/)
    const folder = join(cwd, "out")
    assert.deepEqual(readdirSync(folder).toSorted(), [
      "config.json",
      "export.json",
      "model.safetensors",
      "onnx",
      "preprocessor_config.json"
    ])
    const { onnx } = json(folder, "export.json")
    const checks: ReadonlyArray<Compared> = onnx.checks
    assert.includeMembers(
      checks.map(({ input }) => input),
      ["made up", "random", "real"]
    )
    for (const { relative } of checks) assert.isBelow(relative, onnx.tolerance)
    assert.deepEqual(onnx.inputs[0].dims, ["batch_size", 3, "height", "width"])
    assert.strictEqual(json(folder, "preprocessor_config.json").do_rescale, false)
  })

  it("serves the detector from the export and from the checkpoint, which find the same", async () => {
    const drawn = await Anneal.run(cwd, "data", "synth", "--out", "drawn", "--count", "3")
    assert.strictEqual(drawn.code, 0, drawn.stderr)
    const folder = join(cwd, "drawn/images")
    const pictures = readdirSync(folder).map((name) => new Uint8Array(readFileSync(join(folder, name))))
    const exported = Detector.load(join(cwd, "out"))
    const trained = Detector.load(run, { accelerator: "wasm" })
    const together = await Promise.all(pictures.map(exported.detect))
    for (const [i, picture] of pictures.entries()) {
      const [alone, engine] = [await exported.detect(picture), await trained.detect(picture)]
      assert.isAbove(alone.regions.length, 0)
      assert.deepEqual(together[i], alone)
      assert.strictEqual(engine.regions.length, alone.regions.length)
      for (const [k, { polygon, score }] of alone.regions.entries()) {
        assert.closeTo(engine.regions[k]?.score ?? Number.NaN, score, 1e-4)
        for (const [n, [x, y]] of polygon.entries()) {
          const [u = Number.NaN, v = Number.NaN] = engine.regions[k]?.polygon[n] ?? []
          assert.isBelow(Math.hypot(u - x, v - y), 0.01)
        }
      }
    }
    await exported.close()
    await trained.close()
  })

  it("says that a picture is none, and that a path has no detector", async () => {
    const detector = Detector.load(join(cwd, "out"))
    await detector.detect(Uint8Array.of(1, 2, 3)).then(
      () => assert.fail("it found something"),
      (error) => assert.match(String(error), /not a picture/)
    )
    await detector.close()
    const nowhere = Detector.load(join(cwd, "nowhere"))
    await nowhere.detect(Uint8Array.of(1)).then(
      () => assert.fail("it found something"),
      (error) => assert.include(String(error), "Name the folder of an export")
    )
    await nowhere.close()
  })

  it("does not touch a folder that has something in it", async () => {
    const { code, stderr } = await Anneal.run(cwd, "export", run, "--to", "onnx", "--out", "out")
    assert.strictEqual(code, 2)
    assert.include(stderr, "--overwrite")
  })

  it("exports a task of one's own, whose run says where it is declared", async () => {
    const trained = await Anneal.run(foreign, "train", "trainer.max_epochs=1", "logger=none")
    assert.strictEqual(trained.code, 0, trained.stderr)
    const experiment = join(foreign, "outputs/experiments/train/stripes/quickstart")
    const own = join(experiment, readdirSync(experiment).find((name) => name !== ".last") ?? "")
    const ended = await Anneal.run(
      foreign,
      "export",
      own,
      "--to",
      "onnx",
      "--out",
      "out",
      "--accelerator",
      "wasm"
    )
    assert.strictEqual(ended.code, 0, ended.stderr)
    assert.isTrue(existsSync(join(foreign, "out/onnx/model.onnx")))
  })
})
