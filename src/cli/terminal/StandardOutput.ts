/**
 * What commands write beside a live screen: on standard output tables for people where a terminal reads it, and data for
 * scripts; on standard error sentences. Everything goes through here, so that no control character of somebody else's
 * text reaches a terminal.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as TerminalScreen from "./Screen.ts"
import * as Text from "./Text.ts"

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

/** Text as it is for a pipe or a file, where it is data; with nothing hidden in it for a terminal. */
export const text = (data: string): Effect.Effect<void> =>
  Effect.suspend(() => Console.log(process.stdout.isTTY ? Text.visible(data) : data))

/** A value as JSON; what has no value in JSON, as null. */
export const json = (value: unknown): Effect.Effect<void> => text(JSON.stringify(value, null, 2))

/** A sentence for people, which is no part of the data. */
export const note = (sentence: string): Effect.Effect<void> => Console.error(Text.visible(sentence))
