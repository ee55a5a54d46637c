/** Standard output: tables for people where a terminal reads it, and data for scripts. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as TerminalScreen from "./TerminalScreen.ts"
import * as Text from "./TerminalText.ts"

/** Lines made for the terminal's width; a pipe or a file has room for everything. */
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

/** A value as JSON; what has no value in JSON, as null. */
export const json = (value: unknown): Effect.Effect<void> => Console.log(JSON.stringify(value, null, 2))

/** A sentence for people, which is no part of the data. */
export const note = (sentence: string): Effect.Effect<void> => Console.error(sentence)
