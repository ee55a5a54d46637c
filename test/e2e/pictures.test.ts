/** A project without the packages that pictures need: it trains what has no pictures, and learns how to install them. */
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import manifest from "../../package.json" with { type: "json" }
import * as Packages from "../../src/layers/image/Packages.ts"
import * as Packed from "../support/packed.ts"

const project = mkdtempSync(path.join(tmpdir(), "anneal-no-pictures-"))
afterAll(() => rmSync(project, { recursive: true }))

beforeAll(() => {
  Packed.pack(project)
  Packed.install(project, path.join(project, Packed.tarball), Packed.withoutPictures)
  writeFileSync(path.join(project, "package.json"), '{ "type": "module" }')
})

const run = (...args: ReadonlyArray<string>) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: "utf8" })
  return { status, stdout, stderr }
}

const anneal = (...args: ReadonlyArray<string>) => run("node_modules/anneal/bin/anneal.mjs", ...args)

/** The versions that are tested here, exactly. */
const versions: Readonly<Record<string, string>> = manifest.devDependencies
const install = `npm install ${Object.keys(manifest.peerDependenciesMeta)
  .filter((name) => !/^(@tensorflow\/|onnxruntime)/.test(name) && !Packages.ON_DEMAND.includes(name))
  .map((name) => `${name}@${versions[name]}`)
  .join(" ")}`

describe("a project without the packages for pictures", () => {
  it("has none of them, and no Clipper either", () => {
    for (const name of [...Object.keys(manifest.peerDependenciesMeta), "clipper2-ts"]) {
      assert.isFalse(existsSync(path.join(project, "node_modules", name)), name)
    }
  })

  it("trains a task of its own", () => {
    cpSync(path.join(Packed.root, "examples/quickstart/train.ts"), path.join(project, "train.ts"))
    const { status, stdout, stderr } = run("train.ts")
    assert.strictEqual(status, 0, stderr)
    assert.match(stdout, /loss 0\.\d+/)
  })

  it("loads the detector's geometry", () => {
    writeFileSync(
      path.join(project, "detector.mjs"),
      'import * as TextDetection from "anneal/tasks/textDetection/TextDetection"\nconsole.log(typeof TextDetection.make)'
    )
    assert.strictEqual(run("detector.mjs").stdout, "function\n")
  })

  it.each([
    ["train", "trainer.accelerator=wasm"],
    ["test", "trainer.accelerator=wasm"],
    ["predict", "trainer.accelerator=wasm", "image_dir=."],
    ["data", "synth", "--out", "drawn", "--count", "1"]
  ])("gets from `anneal %s` what to install, before anything is written", (...args) => {
    const { status, stderr } = anneal(...args)
    assert.strictEqual(status, 4, stderr)
    assert.include(stderr, `pictures need packages that are not installed. Install them: ${install}\n`)
    assert.isFalse(existsSync(path.join(project, "outputs")))
    assert.isFalse(existsSync(path.join(project, "drawn")))
  })

  it.each([
    ["ImageCodec", "Images", 'probe("x.png")', "ImageError"],
    ["Canvas", "Canvas", "create(8, 8)", "CanvasError"]
  ])("gets a typed error of %s in a program", (service, module, call, tag) => {
    writeFileSync(
      path.join(project, "picture.mjs"),
      [
        `import * as Layer from "anneal/layers/image/${service}"`,
        `import { ${service} } from "anneal/${module}"`,
        'import * as Effect from "effect/Effect"',
        `const error = await Effect.runPromise(${service}.use((it) => it.${call}).pipe(Effect.provide(Layer.layer), Effect.flip))`,
        'console.log(error._tag, error.message.includes(process.argv[2] ?? "?"))'
      ].join("\n")
    )
    assert.strictEqual(run("picture.mjs", install).stdout, `${tag} true\n`)
  })
})
