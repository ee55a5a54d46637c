import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { assert, describe, it, onTestFinished } from "vitest"
import { check, type Exception } from "../../scripts/architecture.ts"

/** Writes the files below a fresh folder and checks them; messages come back as `file:line message`. */
const problemsOf = (files: Readonly<Record<string, string>>, exceptions: ReadonlyArray<Exception> = []) => {
  const root = mkdtempSync(path.join(tmpdir(), "anneal-architecture-"))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    writeFileSync(path.join(root, file), text)
  }
  const report = check(root, exceptions)
  assert.strictEqual(report.files.length, Object.keys(files).filter((file) => file.endsWith(".ts")).length)
  return report.problems.map(({ file, line, message }) => `${file}:${line} ${message}`)
}

const device = { "src/layers/device/Wasm.ts": "export const layer = 1\n" }
const plan = { "src/pipeline/Plan.ts": "export interface Plan { readonly seed: number }\n" }

describe("architecture", () => {
  it("accepts the directions that are drawn", () => {
    assert.deepStrictEqual(
      problemsOf({
        ...device,
        ...plan,
        "src/config/Config.ts": "export const compose = 1\n",
        "src/pipeline/Device.ts":
          'import type * as tf from "@tensorflow/tfjs-core"\nexport type T = tf.Tensor\n',
        "src/tasks/detection/Task.ts":
          'import * as Plan from "../../pipeline/Plan.ts"\nexport type P = Plan.Plan\n',
        "src/layers/Logger.ts":
          'import type { Plan } from "../pipeline/Plan.ts"\nimport "sharp"\nexport type P = Plan\n',
        "src/cli/main.ts":
          'import "../config/Config.ts"\nexport const a = () => import("../layers/device/Wasm.ts")\n',
        "src/index.ts": 'export * as Plan from "./pipeline/Plan.ts"\n'
      }),
      []
    )
  })

  it("fails when there is nothing to check", () => {
    assert.deepStrictEqual(problemsOf({ "package.json": "{}" }), ["src:1 holds no TypeScript file to check"])
  })

  it("fails on a room without a rule", () => {
    assert.deepStrictEqual(problemsOf({ "src/misc/A.ts": "export const a = 1\n" }), [
      'src/misc/A.ts:1 stands in the room "misc", which scripts/architecture.ts has no rule for'
    ])
  })

  it.each([
    ["a value", 'import { layer } from "../layers/device/Wasm.ts"\nexport const a = layer\n'],
    ["a type", 'import type * as W from "../layers/device/Wasm.ts"\nexport type A = typeof W\n'],
    ["a type in place", 'export type A = typeof import("../layers/device/Wasm.ts")\n'],
    ["a re-export", 'export * from "../layers/device/Wasm.ts"\n'],
    ["a lazy import", 'export const a = () => import("../layers/device/Wasm.ts")\n']
  ])("refuses %s of a layer in the pipeline and in a task", (_, text) => {
    const message = "imports src/layers/device/Wasm.ts:"
    assert.deepStrictEqual(problemsOf({ ...device, "src/pipeline/A.ts": text }), [
      `src/pipeline/A.ts:1 ${message} pipeline may depend on config, internal`
    ])
    assert.deepStrictEqual(problemsOf({ ...device, "src/tasks/A.ts": text }), [
      `src/tasks/A.ts:1 ${message} tasks may depend on pipeline, internal`
    ])
  })

  it("lets configuration stand alone", () => {
    assert.deepStrictEqual(
      problemsOf({
        ...plan,
        "src/config/A.ts": 'import type { Plan } from "../pipeline/Plan.ts"\nexport type P = Plan\n',
        "src/config/B.ts": 'import type { Tensor } from "@tensorflow/tfjs-core"\nexport type T = Tensor\n'
      }),
      [
        "src/config/A.ts:1 imports src/pipeline/Plan.ts: config may depend on internal",
        "src/config/B.ts:1 imports @tensorflow/tfjs-core: config may not"
      ]
    )
  })

  it("refuses TensorFlow.js at run time outside of the layers", () => {
    assert.deepStrictEqual(
      problemsOf({
        "src/pipeline/A.ts": '// why\nimport * as tf from "@tensorflow/tfjs-core"\nexport const a = tf\n',
        "src/tasks/B.ts": 'export const b = () => import("@tensorflow/tfjs")\n',
        "src/cli/C.ts":
          'import { type Tensor, ones } from "@tensorflow/tfjs-core"\nexport const c: () => Tensor = ones\n'
      }),
      [
        "src/cli/C.ts:1 imports @tensorflow/tfjs-core: cli may only use its types (import type)",
        "src/pipeline/A.ts:2 imports @tensorflow/tfjs-core: pipeline may only use its types (import type)",
        "src/tasks/B.ts:1 imports @tensorflow/tfjs: tasks may only use its types (import type)"
      ]
    )
  })

  it("tells the way by which an entry loads an engine at once", () => {
    assert.deepStrictEqual(
      problemsOf({
        "src/layers/device/Wasm.ts": 'import "@tensorflow/tfjs"\n',
        "src/cli/train.ts": 'import "../layers/device/Wasm.ts"\n',
        "src/cli/main.ts": 'import "./train.ts"\n'
      }),
      [
        "src/cli/main.ts:1 loads @tensorflow/tfjs at once, by src/cli/main.ts -> src/cli/train.ts -> src/layers/device/Wasm.ts"
      ]
    )
  })

  it("finds a cycle, of types and lazy imports too", () => {
    assert.deepStrictEqual(
      problemsOf({
        "src/pipeline/A.ts": 'import type { B } from "./B.ts"\nexport type A = B\n',
        "src/pipeline/B.ts": 'export type B = 1\nexport const c = () => import("./C.ts")\n',
        "src/pipeline/C.ts": 'export * from "./A.ts"\n'
      }),
      [
        "src/pipeline/A.ts:1 is part of a cycle: src/pipeline/A.ts -> src/pipeline/B.ts -> src/pipeline/C.ts -> src/pipeline/A.ts"
      ]
    )
  })

  it("refuses state, try, listeners, computed imports and paths beside a module", () => {
    assert.deepStrictEqual(
      problemsOf({
        "src/pipeline/A.ts": [
          "let count = 0",
          "export let other = 1",
          "export const f = (name: string) => {",
          "  try { count += 1 } finally { count -= 1 }",
          '  process.on("SIGINT", () => {})',
          '  return [import(name), new URL("./a.txt", import.meta.url)]',
          "}"
        ].join("\n")
      }).map((problem) => problem.split(":").slice(0, 2).join(":")),
      [
        "src/pipeline/A.ts:1 keeps state at module level",
        "src/pipeline/A.ts:2 keeps state at module level",
        "src/pipeline/A.ts:4 says `try`",
        "src/pipeline/A.ts:5 listens on `process`",
        "src/pipeline/A.ts:6 imports a computed name",
        "src/pipeline/A.ts:6 builds a path beside its own module, which moves when it is bundled"
      ]
    )
  })

  it("honours an allowance, and refuses one that nothing needs", () => {
    const file = "src/layers/A.ts"
    const allowance: Exception = { file, form: "try", why: "why" }
    assert.deepStrictEqual(problemsOf({ [file]: "try {} finally {}\n" }, [allowance]), [])
    assert.deepStrictEqual(problemsOf({ [file]: "export {}\n" }, [allowance]), [
      `${file}:1 has an allowance (try) that nothing needs: remove it`
    ])
  })

  it("refuses an import of a file that does not exist or lies outside of src", () => {
    assert.deepStrictEqual(
      problemsOf({
        "package.json": "{}",
        "src/cli/A.ts": 'import "./B.ts"\nimport "../../package.json"\nimport "../../../x.ts"\n'
      }),
      [
        "src/cli/A.ts:1 imports src/cli/B.ts, which does not exist",
        "src/cli/A.ts:3 imports ../x.ts, which does not exist"
      ]
    )
  })
})
