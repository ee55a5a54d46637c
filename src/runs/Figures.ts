/** The figures of a run: kept from events while it runs, drawn into the run directory when it ends. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Figure, Implementation } from "../pipeline/module/TaskModule.ts"
import type { Canvas } from "../pipeline/picture/Canvas.ts"
import * as ImageGrid from "../pipeline/picture/ImageGrid.ts"
import { ImageCodec, type RgbImage } from "../pipeline/picture/Images.ts"
import * as LearningCurves from "../pipeline/picture/LearningCurves.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { RunDirectory } from "../pipeline/run/RunDirectory.ts"
import type { Objective } from "../pipeline/task/Objective.ts"
import type { Event } from "../pipeline/train/Event.ts"
import * as Drawing from "./Drawing.ts"

export interface Figures<O, S> {
  readonly watch: (event: Event<O, S>) => Effect.Effect<void>
  /** Draws what was seen and gives the files' paths, absolute; a warning says why one is missing. */
  readonly draw: Effect.Effect<ReadonlyArray<string>, never, RunDirectory | Canvas | ImageCodec | Progress>
}

/** The newest whole evaluation: the state of its metric, and its first outputs. Sanity checks do not count. */
const evaluation = <O, S>(images: number, samplesOf: (outputs: O) => number) => {
  const kept: { kind: "val" | "test" | undefined; outputs: Array<O>; samples: number; state: S | undefined } =
    {
      kind: undefined,
      outputs: [],
      samples: 0,
      state: undefined
    }
  return {
    kept,
    watch: (event: Event<O, S>): void => {
      if (!("kind" in event) || event.kind === "sanity" || event.kind === "predict") return
      if (event._tag === "EvaluationStarted") {
        kept.outputs = []
        kept.samples = 0
      }
      if (event._tag === "EvaluationBatchEnded" && kept.samples < images) {
        kept.outputs.push(event.outputs)
        kept.samples += samplesOf(event.outputs)
      }
      if (event._tag === "EvaluationEnded") {
        kept.kind = event.kind
        kept.state = event.state
      }
    }
  }
}

type Samples = Map<string, Array<LearningCurves.Sample>>

const add = (samples: Samples, name: string, step: number, value: number): void => {
  const found = samples.get(name)
  if (found === undefined) samples.set(name, [{ step, value }])
  else found.push({ step, value })
}

const series = (
  samples: Samples,
  form: LearningCurves.Series["form"],
  names: ReadonlyArray<string> = [...samples.keys()]
): ReadonlyArray<LearningCurves.Series> =>
  names.flatMap((name) => {
    const found = samples.get(name)
    return found === undefined ? [] : [{ name, samples: found, form }]
  })

/** As many metrics as a panel shows without a crowd. */
const METRICS = 4

/** The objective first, then the others in the order in which they are reported; those of single classes are left out. */
const shownMetrics = ({ metric }: Objective, names: ReadonlyArray<string>): ReadonlyArray<string> =>
  [metric, ...names.filter((name) => name !== metric && !name.includes("/"))].slice(0, METRICS)

const isFraction = ({ samples }: LearningCurves.Series): boolean =>
  samples.every(({ value }) => value >= 0 && value <= 1)

/** The numbers of a run over its steps, as panels: losses, metrics, learning rate. Those without numbers are left out. */
const history = (objective: Objective) => {
  const [loss, parts, metrics, rate]: ReadonlyArray<Samples> & { length: 4 } = [
    new Map(),
    new Map(),
    new Map(),
    new Map()
  ]
  return {
    watch: (event: Event): void => {
      if (event._tag === "StepEnded" && event.optimized) {
        add(loss, "loss", event.step, event.loss)
        for (const [name, value] of Object.entries(event.parts)) add(parts, name, event.step, value)
        add(rate, "learning rate", event.step, event.learningRate)
      }
      if (event._tag === "EvaluationEnded" && event.kind === "val") {
        for (const [name, value] of Object.entries(event.metrics)) {
          add(metrics, name.replace(/^val\//, ""), event.step, value)
        }
      }
    },
    panels: (): ReadonlyArray<LearningCurves.Panel> => {
      const measured = series(metrics, "points", shownMetrics(objective, [...metrics.keys()]))
      const panels: ReadonlyArray<LearningCurves.Panel> = [
        { title: "training loss", series: series(loss, "noisy"), from: 0 },
        { title: "parts of the loss", series: series(parts, "noisy"), from: 0 },
        {
          title: "validation",
          series: measured,
          ...(measured.every(isFraction) ? { from: 0, to: 1 } : {})
        },
        { title: "learning rate", series: series(rate, "line"), from: 0 }
      ]
      return panels.filter((panel) => panel.series.length > 0)
    }
  }
}

/** The file in which the figure is now; none with a warning. */
export const save = Effect.fnUntraced(function* <E, R>(name: string, drawing: Effect.Effect<RgbImage, E, R>) {
  const progress = yield* Progress
  const codec = yield* ImageCodec
  const directory = yield* RunDirectory
  const file = `figures/${name}.png`
  const written = yield* Drawing.attempt(
    drawing.pipe(
      Effect.flatMap((image) => codec.encode(image, "png")),
      Effect.flatMap((bytes) => directory.write(file, bytes))
    )
  )
  if (Result.isSuccess(written)) return [`${directory.path}/${file}`]
  yield* progress.warn(`${file} is missing: ${written.failure}`)
  return []
})

export interface Options<O, S> {
  readonly objective: Objective
  /** Samples in figures of single samples; 0 draws none. */
  readonly images: number
  readonly pictures: Implementation<never, never, never, O, S>["pictures"]
  readonly figures: Implementation<never, never, never, O, S>["figures"]
}

/** Longest side of a picture in the grid, pixels. */
const SIDE = 144

/** Pictures of single samples, side by side. */
const grid = <O, S>(
  title: string,
  outputs: ReadonlyArray<O>,
  { images, pictures }: Pick<Options<O, S>, "images" | "pictures">
): ReadonlyArray<Figure> => {
  const first = pictures === undefined ? [] : outputs.flatMap((one) => pictures(one)).slice(0, images)
  if (first.length === 0) return []
  const cells = Effect.forEach(first, ({ draw, caption, wrong }) =>
    Effect.map(draw(SIDE), (image) => ({ image, caption, wrong }))
  )
  const draw = Effect.flatMap(cells, (all) => ImageGrid.draw({ title, cells: all }))
  return [{ name: "predictions", draw }]
}

/** Keeps what figures need of each evaluation, and the numbers of every step. */
export const make = <O, S>(options: Options<O, S>): Figures<O, S> => {
  const { images, pictures, figures } = options
  const curves = history(options.objective)
  // What throws here throws again when the figures are drawn, where it is reported.
  const samplesOf = (outputs: O) => Result.try(() => pictures?.(outputs).length ?? 1)
  const { kept, watch } = evaluation<O, S>(images, (outputs) => Result.getOrElse(samplesOf(outputs), () => 1))
  const drawings = (): ReadonlyArray<Figure> => {
    const { kind, state, outputs } = kept
    if (kind === undefined || state === undefined) return []
    const own = figures?.({ kind, state, outputs, images })
    return own ?? grid(kind === "test" ? "Test" : "Validation", outputs, options)
  }
  return {
    watch: (event) =>
      Effect.sync(() => {
        curves.watch(event)
        watch(event)
      }),
    draw: Effect.gen(function* () {
      const files: Array<string> = []
      const declared = yield* Drawing.attempt(Effect.sync(drawings))
      if (Result.isFailure(declared)) {
        const progress = yield* Progress
        yield* progress.warn(`the figures of the task are missing: ${declared.failure}`)
      }
      for (const { name, draw } of Result.getOrElse(declared, () => []))
        files.push(...(yield* save(name, draw)))
      const panels = curves.panels()
      if (panels.length > 0) {
        files.push(...(yield* save("curves", LearningCurves.draw({ title: "Learning curves", panels }))))
      }
      return files
    })
  }
}
