/** The programs of `anneal score`: each compares results with the truth, and prints a table or JSON. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as BuiltIn from "../../tasks/builtIn/BuiltIn.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"
import * as Table from "../terminal/Table.ts"
import * as Text from "../terminal/Text.ts"

interface Output {
  readonly json: boolean
}

type Input = Omit<BuiltIn.ScoreOptions, "longSide"> & Output

/** Undefined numbers are a dash. */
const cell = (value: number): Text.Piece => Text.plain(Number.isFinite(value) ? value.toFixed(4) : "-")

const printed = ({ json, rows, columns, pictures }: BuiltIn.Scored, asJson: boolean) =>
  asJson
    ? StandardOutput.json(json)
    : StandardOutput.lines((width) =>
        Table.lines(
          [
            { title: Text.count(pictures, "picture") },
            ...columns.map((title) => ({ title, align: "right" as const }))
          ],
          rows.map(({ name, values }) => [Text.plain(name), ...values.map(cell)]),
          width
        )
      )

export const cleval = Effect.fn("score.cleval")(function* ({
  json,
  longSide,
  ...options
}: Input & { readonly longSide: Option.Option<number> }) {
  const score = yield* BuiltIn.scoring
  yield* printed(yield* score.cleval({ ...options, longSide: Option.getOrUndefined(longSide) }), json)
})

export const iou = Effect.fn("score.iou")(function* ({ json, ...options }: Input) {
  const score = yield* BuiltIn.scoring
  yield* printed(yield* score.iou(options), json)
})
