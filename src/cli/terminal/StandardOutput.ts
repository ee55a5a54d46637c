/**
 * What commands print without a live screen: tables and data on standard output, sentences on standard error. Everything
 * goes through here, so that control characters in a foreign text never reach a terminal.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as TerminalScreen from "./Screen.ts"
import * as Text from "./Text.ts"

/** Lines made for the width of the terminal; a pipe or a file has no limit. */
export const lines = (make: (width: number) => ReadonlyArray<Text.Line>): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { colors, columns } = TerminalScreen.surfaceOf(process.stdout, process.env)
    const width = process.stdout.isTTY ? columns() : Number.POSITIVE_INFINITY
    return Console.log(
      make(width)
        .map((line) => Text.show(line, colors))
        .join("\n")
    )
  })

/** Text: for a pipe or a file as it is, for a terminal with its control characters made visible. */
export const text = (data: string): Effect.Effect<void> =>
  Effect.suspend(() => Console.log(process.stdout.isTTY ? Text.visible(data) : data))

/** A value as JSON; what JSON cannot express becomes null. */
export const json = (value: unknown): Effect.Effect<void> => text(JSON.stringify(value, null, 2))

/** A sentence on standard error, which is not part of the data. */
export const note = (sentence: string): Effect.Effect<void> => Console.error(Text.visible(sentence))
