/** The program of `anneal data synth`. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Canvas from "../../layers/image/Canvas.ts"
import * as ImageCodec from "../../layers/image/ImageCodec.ts"
import * as Packages from "../../layers/image/Packages.ts"
import * as BuiltIn from "../../tasks/builtIn/BuiltIn.ts"
import * as TerminalScreen from "../terminal/Screen.ts"
import * as Text from "../terminal/Text.ts"

export interface Input {
  readonly out: string
  readonly count: number
  readonly seed: number
  readonly overwrite: boolean
}

const written = (
  event: Exclude<BuiltIn.SynthesisEvent, { readonly _tag: "ReceiptWritten" }>,
  cwd: string
): ReadonlyArray<Text.Line> => {
  const folder = Text.path(event.folder, cwd)
  const counts = `${Text.count(event.images, "receipt")} with ${Text.count(event.regions, "region")}`
  return [
    [Text.bold("drawn"), Text.plain(` ${counts}`)],
    [Text.dim("folder   "), Text.plain(folder)],
    [Text.dim("preview  "), Text.plain(`${folder}/preview/preview_grid.png`)],
    [Text.dim("next:")],
    [Text.plain(`  anneal train data=receipts data.root=${folder}`)]
  ]
}

const report = (event: BuiltIn.SynthesisEvent) =>
  Effect.flatMap(TerminalScreen.TerminalScreen, (screen) =>
    event._tag === "ReceiptWritten"
      ? screen.draw([Text.plain(`${event.written}/${event.count}  ${event.name}`)])
      : Effect.andThen(screen.draw(undefined), screen.print(written(event, process.cwd())))
  )

export const synth = Effect.fn("data.synth")(function* (input: Input) {
  const { out, count, seed, overwrite } = input
  yield* Packages.check
  const { write } = yield* BuiltIn.synthesis
  yield* write({ folder: out, count, seed, overwrite }).pipe(
    Stream.runForEach(report),
    Effect.provide(Layer.mergeAll(ImageCodec.layer, Canvas.layer, TerminalScreen.layer))
  )
})
