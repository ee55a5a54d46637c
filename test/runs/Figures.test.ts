import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CanvasLayer from "../../src/layers/image/Canvas.ts"
import * as ImageCodec from "../../src/layers/image/ImageCodec.ts"
import type { Evaluated } from "../../src/pipeline/module/TaskModule.ts"
import { Canvas, CanvasError } from "../../src/pipeline/picture/Canvas.ts"
import { Progress } from "../../src/pipeline/run/Progress.ts"
import { RunDirectory } from "../../src/pipeline/run/RunDirectory.ts"
import type { Event } from "../../src/pipeline/train/Event.ts"
import * as Figures from "../../src/runs/Figures.ts"
import { batch, ended, type Outputs, picture, type State, started } from "./pictures.ts"

const objective = { metric: "accuracy", mode: "max" } as const

const seen = [started(), batch(1, [picture("a", 1), picture("b", 0)]), ended()]

/** Files and warnings of a run with these events. */
const drawn = (
  events: ReadonlyArray<Event<Outputs, State>>,
  options: Partial<Figures.Options<Outputs, State>> = {},
  canvas: Layer.Layer<Canvas> = CanvasLayer.layer
) =>
  Effect.gen(function* () {
    const warnings: Array<string> = []
    const figures = Figures.make<Outputs, State>({
      objective,
      images: 4,
      pictures: (outputs) => outputs,
      figures: undefined,
      ...options
    })
    yield* Effect.forEach(events, figures.watch)
    const files = yield* figures.draw.pipe(
      Effect.provide([
        canvas,
        ImageCodec.layer,
        Layer.mock(RunDirectory, { path: "/run", id: "run", write: () => Effect.void }),
        Layer.mock(Progress, { warn: (line) => Effect.sync(() => void warnings.push(line)) })
      ])
    )
    return { files, warnings }
  })

describe("Figures", () => {
  it.effect("are the first pictures in a grid, and the curves of what was measured", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* drawn(seen)).files, ["/run/figures/predictions.png"])
      const measured = [started(), batch(1, [picture("a", 1)]), ended("val", 1, { "val/accuracy": 0.5 })]
      assert.deepStrictEqual((yield* drawn(measured)).files, [
        "/run/figures/predictions.png",
        "/run/figures/curves.png"
      ])
    })
  )

  it.effect("are none without pictures, or where none is asked for, or of a sanity check", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* drawn(seen, { pictures: undefined })).files, [])
      assert.deepStrictEqual((yield* drawn(seen, { images: 0 })).files, [])
      const sanity = [started("sanity"), batch(1, [picture("a", 1)], "sanity"), ended("sanity")]
      assert.deepStrictEqual((yield* drawn(sanity)).files, [])
    })
  )

  it.effect("of a task's own see the newest evaluation: its state, and as many outputs as are shown", () =>
    Effect.gen(function* () {
      const given: Array<Evaluated<Outputs, State>> = []
      const own = (evaluated: Evaluated<Outputs, State>) => {
        given.push(evaluated)
        return [{ name: "own", draw: Effect.succeed({ width: 1, height: 1, rgb: new Uint8Array(3) }) }]
      }
      const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => picture(name, 1))
      const of = (...some: ReadonlyArray<typeof a>) => some.flatMap((one) => one ?? [])
      const { files } = yield* drawn(
        [...seen, started(), batch(1, of(a, b)), batch(2, of(c)), batch(3, of(d)), ended("val", 5)],
        { figures: own, images: 3 }
      )
      assert.deepStrictEqual(files, ["/run/figures/own.png"])
      assert.deepStrictEqual(given, [{ kind: "val", state: 5, outputs: [of(a, b), of(c)], images: 3 }])
    })
  )

  it.effect("one that cannot be drawn is missing, and a warning says why", () =>
    Effect.gen(function* () {
      const noFont = new CanvasError({ problem: "the font x cannot be used", cure: "Install it." })
      const { files, warnings } = yield* drawn(
        seen,
        {},
        Layer.mock(Canvas, { create: () => Effect.fail(noFont) })
      )
      assert.deepStrictEqual(files, [])
      assert.deepStrictEqual(warnings, [`figures/predictions.png is missing: ${noFont.message}`])
    })
  )

  it.effect("nor does a drawing library that throws end a run that trained", () =>
    Effect.gen(function* () {
      const throwing = Layer.mock(Canvas, { create: () => Effect.die(new Error("out of memory")) })
      const { warnings } = yield* drawn(seen, {}, throwing)
      assert.deepStrictEqual(warnings, ["figures/predictions.png is missing: out of memory"])
    })
  )
})
