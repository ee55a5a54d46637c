/** The program of `anneal data synth`. */
import { availableParallelism } from "node:os"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Workers from "../../layers/data/Workers.ts"
import * as Canvas from "../../layers/image/Canvas.ts"
import * as ImageCodec from "../../layers/image/ImageCodec.ts"
import * as Packages from "../../layers/image/Packages.ts"
import * as BuiltIn from "../../tasks/builtIn/BuiltIn.ts"
import * as TerminalScreen from "../terminal/Screen.ts"
import * as Text from "../terminal/Text.ts"

type Synthesis = Effect.Success<typeof BuiltIn.synthesis>
type Options = Parameters<Synthesis["write"]>[0]
type Pictures = NonNullable<Options["pictures"]>
type Range = NonNullable<Pictures["width"]>

export interface Input {
  readonly out: string
  readonly count: number
  readonly seed: number
  readonly document: Extract<Pictures["document"], string>
  readonly level: NonNullable<Pictures["level"]>
  readonly difficulty: NonNullable<Pictures["difficulty"]>
  readonly languages: NonNullable<Pictures["languages"]>
  readonly width: Option.Option<Range>
  readonly height: Option.Option<Range>
  readonly textHeight: Option.Option<Range>
  readonly format: NonNullable<Options["layout"]>
  readonly crops: boolean
  readonly cropHeight: number
  readonly workers: number | "auto"
  readonly manifest: Option.Option<string>
  readonly overwrite: boolean
  readonly resume: boolean
}

type Finished = Extract<BuiltIn.SynthesisEvent, { readonly _tag: "FolderWritten" }>

const written = (event: Finished, seconds: number, cwd: string): ReadonlyArray<Text.Line> => {
  const folder = Text.path(event.folder, cwd)
  const counts = `${Text.count(event.images, "picture")} with ${Text.count(event.regions, "region")}`
  const time = `${Text.duration(seconds)}, ${Text.rate(event.images / Math.max(seconds, 1e-3))} pictures/s`
  const crops = `${folder}/labels.txt with ${Text.count(event.crops, "crop")}`
  return [
    [Text.bold("drawn"), Text.plain(` ${counts}  `), Text.dim(time)],
    [Text.dim("folder   "), Text.plain(folder)],
    [Text.dim("preview  "), Text.plain(`${folder}/preview/preview_grid.png`)],
    ...(event.crops > 0 ? [[Text.dim("crops    "), Text.plain(crops)]] : []),
    [Text.dim("next:")],
    [Text.plain(`  anneal train data=receipts data.root=${folder}`)]
  ]
}

/** How far a folder is, at what rate and for how long, `seconds` after its start. */
const progress = (done: number, all: number, drawn: number, seconds: number): Text.Line => {
  const rate = drawn / Math.max(seconds, 1e-3)
  return Text.joined(
    [
      [Text.bold("drawing")],
      Text.bar(done / all, 30),
      [Text.plain(`${String(done).padStart(String(all).length)}/${all}`)],
      [Text.plain(Text.rate(rate)), Text.dim(" pictures/s")],
      [Text.plain(Text.clock((all - done) / rate)), Text.dim(" left")]
    ],
    Number.POSITIVE_INFINITY
  )
}

/** Where there is no live line, a line after so many seconds. */
const everySeconds = 30

const reporter = Effect.gen(function* () {
  const screen = yield* TerminalScreen.TerminalScreen
  const now = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e9)
  const begun = yield* now
  let [drawn, said] = [0, begun]
  return Effect.fnUntraced(function* (event: BuiltIn.SynthesisEvent) {
    const at = yield* now
    if (event._tag === "FolderWritten") {
      yield* screen.draw(undefined)
      return yield* screen.print(written(event, at - begun, process.cwd()))
    }
    drawn++
    const line = progress(event.written, event.count, drawn, at - begun)
    if (screen.animates || at - said < everySeconds) return yield* screen.draw(line)
    said = at
    yield* screen.print([line])
  })
})

const defined = <A>(key: string, value: Option.Option<A>) =>
  Option.isSome(value) ? { [key]: value.value } : {}

const optionsOf = (input: Input): Omit<Options, "folder"> => ({
  count: input.count,
  seed: input.seed,
  layout: input.format,
  pictures: {
    document: input.document,
    level: input.level,
    difficulty: input.difficulty,
    languages: input.languages,
    ...defined("width", input.width),
    ...defined("height", input.height),
    ...defined("textHeight", input.textHeight)
  },
  ...(input.crops ? { crops: { height: input.cropHeight } } : {})
})

/** Of the command line, or of a manifest. */
const chosen = ({ read, optionsOf: ofManifest }: Synthesis, input: Input) =>
  Option.match(input.manifest, {
    onNone: () => Effect.succeed(optionsOf(input)),
    onSome: (file) => Effect.map(read(file), ofManifest)
  })

export const synth = Effect.fn("data.synth")(function* (input: Input) {
  yield* Packages.check
  const synthesis = yield* BuiltIn.synthesis
  const options = yield* chosen(synthesis, input)
  const all = { ...options, folder: input.out, overwrite: input.overwrite, resume: input.resume }
  const workers = input.workers === "auto" ? availableParallelism() : input.workers
  const pictures = Layer.mergeAll(ImageCodec.layer, Canvas.layer)
  yield* Effect.flatMap(reporter, (report) =>
    (workers === 0 ? synthesis.write(all) : synthesis.writeInWorkers(all, workers)).pipe(
      Stream.runForEach(report)
    )
  ).pipe(
    Effect.provide(Workers.layer.pipe(Layer.provideMerge(pictures), Layer.provideMerge(TerminalScreen.layer)))
  )
})
