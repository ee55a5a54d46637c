import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { assert, describe, it, onTestFinished } from "vitest"
import { rules as ours } from "../../scripts/architecture.ts"
import { check, type Rules } from "../../scripts/rules.ts"

type Files = Readonly<Record<string, string>>

/** Writes the files below a fresh folder and checks them; messages come back as `file:line message`. */
const problemsOf = (files: Files, rules: Rules) => {
  const root = mkdtempSync(path.join(tmpdir(), "anneal-architecture-"))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    writeFileSync(path.join(root, file), text)
  }
  const report = check(root, rules)
  assert.strictEqual(report.files.length, Object.keys(files).filter((file) => file.endsWith(".ts")).length)
  return report.problems.map(({ file, line, message }) => `${file}:${line} ${message}`)
}

/** Against our own rules, but for those that so few files do not need. */
const withOurs = (files: Files) =>
  problemsOf(files, ours).filter((problem) => !problem.includes("has a rule that nothing needs"))

/** Rules that know these rooms and allow nothing else. */
const withRooms = (rooms: Rules["rooms"], others: Partial<Rules> = {}): Rules => ({
  ...ours,
  rooms,
  packages: [],
  entries: [],
  allowances: [],
  ...others
})

const unneeded = (rule: string) =>
  `scripts/architecture.ts:1 has a rule that nothing needs, remove it: ${rule}`
const circle = (ring: string) => `scripts/architecture.ts:1 lets rooms use each other in a circle: ${ring}`

const leaf = "export const a = 1\n"
const engine = { "src/layers/device/engines/Wasm.ts": leaf }
const plan = { "src/pipeline/plan/Plan.ts": "export interface Plan { readonly seed: number }\n" }

describe("architecture", () => {
  it("accepts the directions that are drawn", () => {
    assert.deepStrictEqual(
      withOurs({
        ...engine,
        ...plan,
        "src/config/Config.ts": leaf,
        "src/pipeline/device/Device.ts":
          'import type * as tf from "@tensorflow/tfjs-core"\nexport type T = tf.Tensor\n',
        "src/tasks/textDetection/data/Batch.ts":
          'import * as Plan from "../../../pipeline/plan/Plan.ts"\nexport type P = Plan.Plan\n',
        "src/layers/logger/Csv.ts":
          'import type { Plan } from "../../pipeline/plan/Plan.ts"\nimport "sharp"\nexport type P = Plan\n',
        "src/cli/main.ts":
          'import "../config/Config.ts"\nexport const a = () => import("../layers/device/engines/Wasm.ts")\n',
        "src/index.ts": 'export * as Plan from "./pipeline/plan/Plan.ts"\n'
      }),
      []
    )
  })

  it("fails when there is nothing to check", () => {
    assert.deepStrictEqual(withOurs({ "package.json": "{}" }).slice(-1), [
      "src:1 holds no TypeScript file to check"
    ])
  })

  it.each(["src/misc/A.ts", "src/pipeline/A.ts", "src/layers/device/misc/A.ts", "src/runs/misc/A.ts"])(
    "refuses %s, which is in no room",
    (file) => {
      assert.deepStrictEqual(withOurs({ [file]: leaf }), [
        `${file}:1 is in no room: move it to one, or add ${path.dirname(file)} to the rooms in scripts/architecture.ts`
      ])
    }
  )

  it.each([
    ["a value", 'import { a } from "../../layers/device/engines/Wasm.ts"\nexport const b = a\n'],
    ["a type", 'import type * as W from "../../layers/device/engines/Wasm.ts"\nexport type A = typeof W\n'],
    ["a type in place", 'export type A = typeof import("../../layers/device/engines/Wasm.ts")\n'],
    ["a re-export", 'export * from "../../layers/device/engines/Wasm.ts"\n'],
    ["a lazy import", 'export const a = () => import("../../layers/device/engines/Wasm.ts")\n']
  ])("refuses %s of a layer in the pipeline and in a task", (_, text) => {
    const message = "imports src/layers/device/engines/Wasm.ts:"
    assert.deepStrictEqual(withOurs({ ...engine, "src/pipeline/graph/A.ts": text }), [
      `src/pipeline/graph/A.ts:1 ${message} pipeline/graph may import pipeline/stage, config/node, internal`
    ])
    assert.deepStrictEqual(withOurs({ ...engine, "src/tasks/textDetection/A.ts": text }).length, 1)
  })

  it("lets configuration stand alone", () => {
    assert.deepStrictEqual(
      withOurs({
        ...plan,
        "src/config/node/A.ts":
          'import type { Plan } from "../../pipeline/plan/Plan.ts"\nexport type P = Plan\n',
        "src/config/node/B.ts":
          'import type { Tensor } from "@tensorflow/tfjs-core"\nexport type T = Tensor\n'
      }),
      [
        "src/config/node/A.ts:1 imports src/pipeline/plan/Plan.ts: config/node may import no other room",
        "src/config/node/B.ts:1 imports @tensorflow/tfjs-core: config may not"
      ]
    )
  })

  it("knows the directions between sub-rooms", () => {
    const rules = withRooms({
      base: { uses: [], rooms: { low: [], high: ["low"] } },
      top: { uses: ["base/low"], rooms: { part: [], ".": ["part"] } }
    })
    const files = {
      "src/base/low/A.ts": leaf,
      "src/base/high/B.ts": 'export * from "../low/A.ts"\n',
      "src/top/part/C.ts": 'export * from "../../base/low/A.ts"\n',
      "src/top/D.ts": 'export * from "./part/C.ts"\n'
    }
    assert.deepStrictEqual(problemsOf(files, rules), [])
    assert.deepStrictEqual(
      problemsOf(
        {
          ...files,
          "src/base/low/E.ts": 'export * from "../high/B.ts"\n',
          "src/top/part/F.ts": 'export * from "../../base/high/B.ts"\nexport * from "../D.ts"\n'
        },
        rules
      ),
      [
        "src/base/low/E.ts:1 imports src/base/high/B.ts: base/low may import no other room",
        "src/top/part/F.ts:1 imports src/base/high/B.ts: top/part may import base/low",
        "src/top/part/F.ts:2 imports src/top/D.ts: top/part may import base/low"
      ]
    )
  })

  it("refuses rules that let rooms use each other in a circle", () => {
    const files = {
      "src/a/x/A.ts": 'export * from "../y/B.ts"\n',
      "src/a/y/B.ts": 'export * from "../../b/C.ts"\n',
      "src/a/y/D.ts": 'export * from "../x/E.ts"\n',
      "src/a/x/E.ts": leaf,
      "src/b/C.ts": leaf,
      "src/b/F.ts": 'export * from "../a/x/E.ts"\n'
    }
    const rules = withRooms({
      a: { uses: ["b"], rooms: { x: ["y"], y: ["x"] } },
      b: { uses: ["a/x"] }
    })
    assert.deepStrictEqual(problemsOf(files, rules), [circle("a -> b -> a"), circle("a/x -> a/y -> a/x")])
  })

  it("lets files beside the sub-rooms use these and be used by them", () => {
    assert.deepStrictEqual(
      problemsOf(
        {
          "src/a/x/A.ts": 'export * from "../Shared.ts"\n',
          "src/a/Shared.ts": leaf,
          "src/a/Main.ts": 'export * from "./x/A.ts"\n'
        },
        withRooms({ a: { uses: [], rooms: { x: ["."], ".": ["x"] } } })
      ),
      []
    )
  })

  it("refuses a direction and a room that nothing needs", () => {
    assert.deepStrictEqual(
      problemsOf(
        { "src/a/x/A.ts": leaf, "src/a/y/B.ts": leaf, "src/b/C.ts": leaf },
        withRooms({
          a: { uses: ["b"], rooms: { x: [], y: ["x"], z: [] } },
          b: { uses: [] },
          c: { uses: [] }
        })
      ),
      [
        unneeded("a uses b"),
        unneeded("a/y uses a/x"),
        unneeded("the room a/z, which has no file"),
        unneeded("the room c, which has no file")
      ]
    )
  })

  it("refuses a permission for packages and an entry that nothing needs", () => {
    const rules = withRooms(
      { a: { uses: [] } },
      {
        packages: [{ name: /^sharp$/, load: ["a"], types: ["a"] }],
        entries: [{ file: "src/a/main.ts", never: /^sharp$/ }]
      }
    )
    assert.deepStrictEqual(problemsOf({ "src/a/A.ts": 'import "sharp"\n' }, rules), [
      unneeded("a uses types of /^sharp$/"),
      unneeded("the entry src/a/main.ts, which does not exist")
    ])
    assert.deepStrictEqual(
      problemsOf({ "src/a/main.ts": 'import type { Sharp } from "sharp"\nexport type S = Sharp\n' }, rules),
      [unneeded("a loads /^sharp$/")]
    )
  })

  it("refuses a folder with more than 24 files", () => {
    const files = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`src/a/File${i}.ts`, leaf]))
    const rules = withRooms({ a: { uses: [] } })
    assert.deepStrictEqual(problemsOf(files(24), rules), [])
    assert.deepStrictEqual(problemsOf(files(25), rules), [
      "src/a:1 holds 25 files, more than 24: merge fragments, or make sub-rooms"
    ])
  })

  it("refuses TensorFlow.js at run time outside of the layers", () => {
    assert.deepStrictEqual(
      withOurs({
        "src/pipeline/nn/A.ts": '// why\nimport * as tf from "@tensorflow/tfjs-core"\nexport const a = tf\n',
        "src/tasks/textDetection/B.ts": 'export const b = () => import("@tensorflow/tfjs")\n',
        "src/testing/C.ts":
          'import { type Tensor, ones } from "@tensorflow/tfjs-core"\nexport const c: () => Tensor = ones\n',
        "src/cli/D.ts": 'import type { Sharp } from "sharp"\nexport type S = Sharp\n'
      }),
      [
        "src/cli/D.ts:1 imports sharp: cli may not",
        "src/pipeline/nn/A.ts:2 imports @tensorflow/tfjs-core: pipeline may only use its types (import type)",
        "src/tasks/textDetection/B.ts:1 imports @tensorflow/tfjs: tasks/textDetection may only use its types (import type)",
        "src/testing/C.ts:1 imports @tensorflow/tfjs-core: testing may only use its types (import type)"
      ]
    )
  })

  it("shows the way by which an entry loads an engine at once", () => {
    assert.deepStrictEqual(
      withOurs({
        "src/layers/device/engines/Wasm.ts": 'import "@tensorflow/tfjs"\n',
        "src/cli/train.ts": 'import "../layers/device/engines/Wasm.ts"\n',
        "src/cli/main.ts": 'import "./train.ts"\n'
      }),
      [
        "src/cli/main.ts:1 loads @tensorflow/tfjs at once, by src/cli/main.ts -> src/cli/train.ts -> src/layers/device/engines/Wasm.ts"
      ]
    )
  })

  it("finds a cycle of files, of types and lazy imports too", () => {
    assert.deepStrictEqual(
      withOurs({
        "src/runs/A.ts": 'import type { B } from "./B.ts"\nexport type A = B\n',
        "src/runs/B.ts": 'export type B = 1\nexport const c = () => import("./C.ts")\n',
        "src/runs/C.ts": 'export * from "./A.ts"\n'
      }),
      ["src/runs/A.ts:1 is part of a cycle: src/runs/A.ts -> src/runs/B.ts -> src/runs/C.ts -> src/runs/A.ts"]
    )
  })

  it("refuses state, try, listeners, computed imports and paths beside a module", () => {
    assert.deepStrictEqual(
      withOurs({
        "src/pipeline/nn/A.ts": [
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
        "src/pipeline/nn/A.ts:1 keeps state at module level",
        "src/pipeline/nn/A.ts:2 keeps state at module level",
        "src/pipeline/nn/A.ts:4 says `try`",
        "src/pipeline/nn/A.ts:5 listens on `process`",
        "src/pipeline/nn/A.ts:6 imports a computed name",
        "src/pipeline/nn/A.ts:6 builds a path beside its own module, which moves when it is bundled"
      ]
    )
  })

  it.each(["src/a", "src/a/A.ts"])(
    "honours an allowance in %s, and refuses one that nothing needs",
    (place) => {
      const rules = withRooms({ a: { uses: [] } }, { allowances: [{ in: place, form: "try", why: "why" }] })
      assert.deepStrictEqual(problemsOf({ "src/a/A.ts": "try {} finally {}\n" }, rules), [])
      assert.deepStrictEqual(problemsOf({ "src/a/A.ts": leaf }, rules), [unneeded(`${place} may have: try`)])
    }
  )

  it("refuses an import of a file that does not exist or lies outside of src", () => {
    assert.deepStrictEqual(
      withOurs({
        "package.json": "{}",
        "src/cli/A.ts": 'import "./B.ts"\nimport "../../package.json"\nimport "../../../x.ts"\n'
      }),
      [
        "src/cli/A.ts:1 imports src/cli/B.ts, which does not exist",
        "src/cli/A.ts:3 imports ../x.ts, which does not exist"
      ]
    )
  })

  it("has the rooms that docs/architecture.md draws", () => {
    const page = readFileSync(path.join(import.meta.dirname, "../../docs/architecture.md"), "utf8")
    const tree = /^src\/\n((?: {2}.*\n)+)/m.exec(page)?.[1] ?? ""
    const above: Array<string> = []
    const drawn = tree
      .trimEnd()
      .split("\n")
      .map((line) => {
        const [, indent = "", name = ""] = /^( *)(\S+)/.exec(line) ?? []
        above.splice(indent.length / 2 - 1, Infinity, name.replace(/\/$/, ""))
        return above.join("/")
      })
    const known = Object.entries(ours.rooms).flatMap(([room, { rooms = {} }]) => [
      room,
      ...Object.keys(rooms).flatMap((part) => (part === "." ? [] : [`${room}/${part}`]))
    ])
    assert.sameMembers(drawn, known)
  })
})
