/** The program of `anneal data convert`. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ImageCodec from "../../layers/image/ImageCodec.ts"
import * as Packages from "../../layers/image/Packages.ts"
import * as BuiltIn from "../../tasks/builtIn/BuiltIn.ts"
import * as TerminalScreen from "../terminal/Screen.ts"
import * as Text from "../terminal/Text.ts"

export interface Input {
  readonly from: string
  readonly format: BuiltIn.Named<"auto" | (typeof BuiltIn.formats)[number]>
  readonly to: string
  readonly as: BuiltIn.Named<(typeof BuiltIn.formats)[number]>
}

const written = (
  { read, folder, pictures, regions, warnings }: BuiltIn.Converted,
  lost: ReadonlyArray<string>,
  cwd: string
): ReadonlyArray<Text.Line> => [
  [
    Text.bold("converted"),
    Text.plain(` ${Text.count(pictures, "picture")} with ${Text.count(regions, "region")}`)
  ],
  [Text.dim("read as "), Text.plain(read.title)],
  [Text.dim("folder  "), Text.plain(Text.path(folder, cwd))],
  ...warnings.map((warning): Text.Line => [Text.dim("warning "), Text.plain(warning)]),
  lost.length === 0
    ? [Text.dim("lost    "), Text.plain("nothing: read back, it is the same")]
    : [Text.dim("lost, as the layout cannot say it:")],
  ...lost.map((one): Text.Line => [Text.plain(`  ${one}`)])
]

export const convert = Effect.fn("data.convert")(
  function* (input: Input) {
    yield* Packages.check
    const { convert, words, formats, formatOf } = yield* BuiltIn.conversion
    const screen = yield* TerminalScreen.TerminalScreen
    const { from, to } = input
    const format = yield* formatOf(input.format)
    const as = yield* formatOf(input.as)
    const converted = yield* convert({ from, format, to, as: typeof as === "string" ? formats[as] : as })
    const lost = [...converted.lost].map(([loss, count]) => words[loss](String(count)))
    yield* screen.print(written(converted, lost, process.cwd()))
  },
  Effect.provide(Layer.mergeAll(ImageCodec.layer, TerminalScreen.layer))
)
