/** A training begins with the weights of a file or of another run, and says in `run.json` what became of them. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Result from "effect/Result"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Safetensors from "../../src/layers/checkpoint/Safetensors.ts"
import type { HostTensors } from "../../src/pipeline/nn/HostTensor.ts"
import * as HostTensor from "../../src/pipeline/nn/HostTensor.ts"
import * as Anneal from "../support/anneal.ts"
import * as Project from "../support/project.ts"

const cwd = Project.foreign()
afterAll(() => Anneal.remove(cwd))

const outputOf = async (...args: ReadonlyArray<string>) => {
  const ended = await Anneal.run(cwd, ...args)
  assert.strictEqual(ended.code, 0, ended.stderr)
  return ended.stderr
}

const runOf = (task: string, name: string) => {
  const folder = join(cwd, "outputs/experiments/train", task, name)
  return join(folder, readdirSync(folder).toSorted().at(-1) ?? "")
}

const recordOf = (run: string) => JSON.parse(readFileSync(join(run, "run.json"), "utf8"))

const lastOf = (run: string) =>
  Result.getOrThrow(Safetensors.decode(readFileSync(join(run, "checkpoints/last/model.safetensors"))))

const write = (name: string, tensors: HostTensors, metadata: Safetensors.Metadata) =>
  writeFileSync(join(cwd, name), Buffer.concat(Safetensors.encode(tensors, metadata)))

describe("a task of somebody else's", () => {
  beforeAll(async () => {
    await outputOf("train", "exp_name=first")
  })

  it("begins with what another run learnt, and lists it", async () => {
    const first = runOf("stripes", "first")
    const said = await outputOf("train", "exp_name=second", `model.weights=${first}`, "trainer.max_epochs=1")
    assert.match(said, /Anneal's names and layouts, 3 of 3 tensors/)
    const { weights } = recordOf(runOf("stripes", "second"))
    assert.deepInclude(weights, { names: "anneal", loaded: ["hidden", "out", "mean"], firstValues: [] })
    assert.match(weights.sha256["model.safetensors"], /^[\da-f]{64}$/)
  })

  it("is resumed without the file", async () => {
    write("hidden.safetensors", { hidden: lastOf(runOf("stripes", "first"))["hidden"] ?? none }, anneal)
    const args = ["exp_name=third", "model.weights=hidden.safetensors", "trainer.max_epochs=1"]
    await outputOf("train", ...args)
    const run = runOf("stripes", "third")
    assert.deepInclude(recordOf(run).weights, { loaded: ["hidden"], firstValues: ["out", "mean"] })
    rmSync(join(cwd, "hidden.safetensors"))
    const said = await outputOf("train", ...args, "resume=last", "trainer.max_epochs=2")
    assert.match(said, /hidden\.safetensors is not read: the run is resumed/)
    assert.deepStrictEqual(recordOf(run).weights.loaded, ["hidden"])
  })

  it("is refused with the exit code of a wrong configuration, before anything is written", async () => {
    const { code, stderr } = await Anneal.run(cwd, "train", "exp_name=none", "model.weights=none.safetensors")
    assert.strictEqual(code, 2)
    assert.match(stderr, /none\.safetensors: there is nothing/)
    assert.throws(() => runOf("stripes", "none"))
  })
})

const none = HostTensor.make(new Float32Array(0), [0])
const anneal = { format: "tf", model: "two layers" }

/** MNIST's files, of a few pictures of noise. */
const digits = (folder: string) => {
  mkdirSync(folder)
  const header = (...numbers: ReadonlyArray<number>) => {
    const bytes = Buffer.alloc(4 * numbers.length)
    for (const [i, n] of numbers.entries()) bytes.writeUInt32BE(n, 4 * i)
    return bytes
  }
  for (const [name, count] of [
    ["train", 48],
    ["t10k", 8]
  ] as const) {
    const pixels = Uint8Array.from({ length: count * 784 }, (_, i) => (i * 2654435761) >>> 24)
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 10)
    writeFileSync(
      join(folder, `${name}-images-idx3-ubyte`),
      Buffer.concat([header(0x803, count, 28, 28), pixels])
    )
    writeFileSync(join(folder, `${name}-labels-idx1-ubyte`), Buffer.concat([header(0x801, count), labels]))
  }
}

/** A tensor of PyTorch's shape whose values say where they are. */
const counting = (...shape: ReadonlyArray<number>) =>
  HostTensor.make(
    Float32Array.from({ length: HostTensor.sizeOf(shape) }, (_, i) => 0.05 * Math.sin(i)),
    shape
  )

describe("anneal train task=image_classification model=resnet18", () => {
  it("fine-tunes its head, and leaves the loaded filters as they are", async () => {
    digits(join(cwd, "digits"))
    // Names and layouts of torchvision, for pictures of three channels and 1000 classes.
    write(
      "resnet18.safetensors",
      {
        "conv1.weight": counting(64, 3, 7, 7),
        "layer1.0.conv1.weight": counting(64, 64, 3, 3),
        "layer2.0.downsample.0.weight": counting(128, 64, 1, 1),
        "bn1.running_mean": counting(64),
        "bn1.num_batches_tracked": HostTensor.make(Int32Array.of(3), []),
        "fc.weight": counting(1000, 512),
        "head.weight": counting(3, 3)
      },
      { format: "pt" }
    )
    const said = await outputOf(
      "train",
      "task=image_classification",
      "model=resnet18",
      "model.stem=imagenet",
      "data.root=digits",
      "data.batch_size=8",
      "exp_name=tuned",
      "model.weights.path=resnet18.safetensors",
      "model.weights.mismatch=skip",
      "optimizer.groups=[{match: '^(?!fc)', trainable: false}]",
      "trainer.max_steps=2",
      "trainer.num_sanity_val_steps=0",
      "figure_images=0"
    )
    assert.match(said, /PyTorch's names and layouts, 3 of 102 tensors/)
    assert.match(said, /conv1\.weight \[7, 7, 3, 64\] for \[7, 7, 1, 64\]/)
    assert.match(said, /left over in the file: head\.weight/)
    assert.match(said, /resnet18: 5,130 trainable/)
    const run = runOf("image_classification", "tuned")
    const { weights } = recordOf(run)
    assert.deepStrictEqual(weights.loaded, [
      "bn1.running_mean",
      "layer1.0.conv1.weight",
      "layer2.0.downsample.0.weight"
    ])
    assert.deepStrictEqual(
      weights.skipped.map(({ name }: { name: string }) => name),
      ["conv1.weight", "fc.weight"]
    )
    const last = lastOf(run)
    const { data = none.data, shape } = last["layer1.0.conv1.weight"] ?? none
    assert.deepStrictEqual(shape, [3, 3, 64, 64])
    const pytorch = counting(64, 64, 3, 3).data
    for (const [y, x, i, o] of [
      [0, 0, 0, 0],
      [1, 2, 5, 40],
      [2, 1, 63, 7]
    ] as const) {
      assert.strictEqual(data[((y * 3 + x) * 64 + i) * 64 + o], pytorch[((o * 64 + i) * 3 + y) * 3 + x])
    }
    // Running statistics move all the same.
    assert.notDeepEqual(last["bn1.running_mean"]?.data, counting(64).data)
    const optimizer = Result.getOrThrow(
      Safetensors.decode(readFileSync(join(run, "checkpoints/last/optimizer.safetensors")))
    )
    // Beside the weights themselves, whose average is the model.
    const kept = Object.keys(optimizer).filter((name) => !name.startsWith("raw/"))
    assert.isNotEmpty(kept)
    assert.isTrue(kept.every((name) => /\/fc\.(weight|bias)$/.test(name)))
  }, 120_000)
})
