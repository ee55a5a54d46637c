import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import sharp from "sharp"
import * as CacheDirectory from "../../../src/layers/cache/CacheDirectory.ts"
import * as Graph from "../../../src/pipeline/graph/Graph.ts"
import * as GraphLayout from "../../../src/pipeline/graph/Layout.ts"
import * as GraphMermaid from "../../../src/pipeline/graph/Mermaid.ts"
import * as GraphSvg from "../../../src/pipeline/graph/Svg.ts"
import * as GraphTree from "../../../src/pipeline/graph/Tree.ts"
import * as Pipeline from "../../../src/pipeline/stage/Pipeline.ts"
import * as projects from "../projects.ts"

/** A diamond: two sums over one draw, one of them doubled before. */
const diamond = ({ draw, double, sum }: ReturnType<typeof projects.make>) => {
  const values = draw({}, { count: 2 })
  return Pipeline.all({
    plain: sum({ values }),
    doubled: sum({ values: Pipeline.forEach(values, (value) => double({ value })) })
  })
}

const planned = Effect.gen(function* () {
  const project = projects.make()
  yield* Pipeline.run(project.sum({ values: project.draw({}, { count: 2 }) }))
  return Graph.fromShape((yield* Pipeline.outline(diamond(project))).shape)
}).pipe(Effect.provide(CacheDirectory.layerTemporary))

describe("a graph", () => {
  it("of a pipeline that was not planned shows stages alone, each once", () => {
    assert.deepStrictEqual(GraphTree.lines(Graph.fromShape(diamond(projects.make()).shape)), [
      "sum",
      "└─ values: draw",
      "sum",
      "└─ values: double",
      "   └─ value: draw  (above)"
    ])
  })

  it.effect("of a plan says what runs and why", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(GraphTree.lines(yield* planned), [
        "sum  cached",
        "└─ values: draw  count=2 first=1  cached",
        "sum  runs: input values waits for double",
        "├─ values: double  factor=2  runs: never run",
        "│  └─ value: draw  (above)",
        "└─ values: double  factor=2  runs: never run",
        "   └─ value: draw  (above)"
      ])
    })
  )

  it.effect("becomes Mermaid", () =>
    Effect.gen(function* () {
      const lines = GraphMermaid.text(yield* planned).split("\n")
      assert.deepStrictEqual(lines.slice(0, 5), [
        "flowchart LR",
        '  n0["<b>draw</b><br/>count=2 first=1<br/>cached"]:::done',
        '  n1["<b>sum</b><br/>cached"]:::done',
        '  n2["<b>double</b><br/>factor=2<br/>runs: never run"]:::due',
        '  n3["<b>double</b><br/>factor=2<br/>runs: never run"]:::due'
      ])
      assert.include(lines, '  n0 -->|"values"| n1')
      assert.include(lines, '  n2 -->|"values"| n4')
    })
  )

  it("writes what would end a label as an entity", () => {
    const box = { id: "n0", title: 'a "b" <c> #1', lines: [], tone: "plain" } as const
    const graph = { boxes: [box], arrows: [] }
    assert.include(GraphMermaid.text(graph), "<b>a #quot;b#quot; #lt;c#gt; #35;1</b>")
    assert.include(GraphSvg.text(graph), "a &quot;b&quot; &lt;c&gt; #1")
  })

  it("has no arrow behind a box that it passes, nor two in one place", () => {
    const boxes = ["a", "b", "c", "d"].map((id, i) => ({
      id,
      title: id,
      lines: Array.from({ length: i }, () => "line"),
      tone: "plain" as const
    }))
    const arrows = ["ab", "bc", "cd", "ac", "bd", "ad"].map(([from = "", to = ""]) => ({
      from,
      to,
      label: ""
    }))
    const layout = GraphLayout.make({ boxes, arrows })
    const lanes = layout.arrows.flatMap(({ lane }) => lane ?? [])
    assert.strictEqual(lanes.length, 3)
    for (const { left, right, y } of lanes) {
      const passed = layout.boxes.filter((box) => box.x >= left && box.x + box.width <= right)
      assert.isAbove(passed.length, 0)
      for (const box of passed) assert.isAbove(y, box.y + box.height)
      assert.isBelow(y, layout.height)
    }
    assert.strictEqual(new Set(lanes.map(({ y }) => y)).size, 3)
  })

  it.effect("becomes a picture that a program can read, with every box inside", () =>
    Effect.gen(function* () {
      const svg = GraphSvg.text(yield* planned)
      const [, width = "0", height = "0"] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? []
      const picture = yield* Effect.promise(() => sharp(Buffer.from(svg)).metadata())
      assert.deepStrictEqual([picture.width, picture.height], [Number(width), Number(height)])
      const boxes = [...svg.matchAll(/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g)]
      assert.strictEqual(boxes.length, 5)
      for (const [, x, y, w, h] of boxes) {
        assert.isBelow(Number(x) + Number(w), Number(width))
        assert.isBelow(Number(y) + Number(h), Number(height))
      }
    })
  )
})
