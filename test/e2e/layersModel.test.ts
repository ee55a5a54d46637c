/** A task of somebody else's whose net is a model of tfjs-layers has the whole run, exact resume included. */
import { createHash } from "node:crypto"
import { copyFileSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Anneal from "../support/anneal.ts"
import * as Project from "../support/project.ts"

const root = join(import.meta.dirname, "../..")
const cwd = Project.empty()
afterAll(() => Anneal.remove(cwd))

const installed = join(cwd, "node_modules/@tensorflow")

const outputOf = async (...args: ReadonlyArray<string>) => {
  const ended = await Anneal.run(cwd, ...args)
  assert.strictEqual(ended.code, 0, ended.stderr)
  return ended
}

const train = (engine: string, name: string, ...args: ReadonlyArray<string>) =>
  outputOf("train", "task=./rings.ts", `trainer.accelerator=${engine}`, `exp_name=${name}`, ...args)

const runOf = (kind: string, name: string) => {
  const folder = join(cwd, "outputs/experiments", kind, "rings", name)
  return join(folder, readdirSync(folder).toSorted().at(-1) ?? "")
}

const lastOf = (name: string) => {
  const file = join(runOf("train", name), "checkpoints/last/model.safetensors")
  return createHash("sha256").update(readFileSync(file)).digest("hex")
}

beforeAll(() =>
  copyFileSync(join(import.meta.dirname, "fixtures/layersModel/rings.ts"), join(cwd, "rings.ts"))
)

describe("a project without tfjs-layers", () => {
  it("gets the command that installs it", async () => {
    const { code, stderr } = await Anneal.run(cwd, "train", "task=./rings.ts")
    assert.strictEqual(code, 2)
    assert.match(stderr, /Cannot find package '@tensorflow\/tfjs-layers'/)
    assert.match(stderr, /Install it: npm install @tensorflow\/tfjs-layers@\d+\.\d+\.\d+/)
  })
})

describe("a project with tfjs-layers", () => {
  beforeAll(() => symlinkSync(join(root, "node_modules/@tensorflow"), installed))
  afterAll(() => rmSync(installed))

  it.each(["wasm", "cpu"])("resumes in another process to the very weights, on %s", async (engine) => {
    await train(engine, `whole-${engine}`, "trainer.max_steps=30")
    await train(engine, `stopped-${engine}`, "trainer.max_steps=17")
    const before = lastOf(`stopped-${engine}`)
    const run = runOf("train", `stopped-${engine}`)
    await train(engine, `stopped-${engine}`, "trainer.max_steps=30", `resume=${run}`)
    assert.notStrictEqual(lastOf(`stopped-${engine}`), before)
    assert.strictEqual(lastOf(`stopped-${engine}`), lastOf(`whole-${engine}`))
  })

  it("learns, is tested and predicts, and leaves no tensor behind", async () => {
    const { stderr } = await train("wasm", "learnt", "trainer.max_epochs=40", "optimizer.lr=0.02")
    assert.notInclude(stderr, "not disposed")
    const tested = await outputOf("test", "task=./rings.ts", "exp_name=learnt")
    const [, accuracy = "0"] = /accuracy\D*([\d.]+)/.exec(tested.stdout + tested.stderr) ?? []
    assert.isAbove(Number(accuracy), 0.8)
    await outputOf("predict", "task=./rings.ts", "exp_name=learnt")
    const logits: ReadonlyArray<number> = JSON.parse(
      readFileSync(join(runOf("predict", "learnt"), "logits.json"), "utf8")
    )
    assert.strictEqual(logits.length, 16)
    assert.isTrue(logits.every(Number.isFinite))
  })
})
