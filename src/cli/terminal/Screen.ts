/**
 * Standard error as a screen: lines that stay, and below them at most one live line that is redrawn.
 *
 * Standard output is for data. Everything else that is printed for people must go through here, or it would end up in
 * the middle of the live line.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import { type ConsoleLine, ConsoleLines, type Subscribe } from "../../pipeline/run/ConsoleLines.ts"
import * as Text from "./Text.ts"

/** The output that a screen is drawn on. */
export interface Surface {
  /** Whether it is a terminal on which a live line can be redrawn. */
  readonly animates: boolean
  readonly colors: boolean
  /** Characters of a line, read anew for each line, since windows are resized. */
  readonly columns: () => number
  readonly write: (text: string) => void
}

/** Milliseconds between two drawings of the live line: faster is not seen. */
const redrawAfter = 50

/** Erases the line of the cursor (ECMA-48 CR, EL). */
const erase = "\r\u001b[2K"

export class TerminalScreen extends Context.Service<
  TerminalScreen,
  {
    readonly animates: boolean
    readonly columns: Effect.Effect<number>
    /** Lines that stay. */
    readonly print: (lines: ReadonlyArray<Text.Line>) => Effect.Effect<void>
    /** Draws the live line over the last one, unless that was a moment ago; undefined removes it. */
    readonly draw: (line: Text.Line | undefined) => Effect.Effect<void>
  }
>()("anneal/cli/TerminalScreen") {}

const printed = (line: Text.Line, surface: Surface): string => `${Text.show(line, surface.colors)}\n`

interface Shown {
  live: string
  at: number
  /** They receive each line that stays. */
  readonly listeners: Set<(line: ConsoleLine) => void>
}

const nothingShown = (): Shown => ({ live: "", at: 0, listeners: new Set() })

/** Prints the lines by one call of `write`, with the live line removed before them and drawn again after them. */
const over = (surface: Surface, shown: Shown, lines: ReadonlyArray<Text.Line>): void => {
  if (lines.length === 0) return
  const text = lines.map((line) => printed(line, surface)).join("")
  surface.write(shown.live === "" ? text : `${erase}${text}${shown.live}`)
  for (const line of lines.flatMap(consoleLinesOf)) for (const listener of shown.listeners) listener(line)
}

/** A line as listeners receive it; a logged one may be several. */
const consoleLinesOf = (line: Text.Line): ReadonlyArray<ConsoleLine> =>
  Text.show(line, false)
    .split("\n")
    .map((text) => ({ text, warning: line[0]?.style === "warn" }))

const listen =
  ({ listeners }: Shown): Subscribe =>
  (listener) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        listeners.add(listener)
      }),
      () => Effect.sync(() => listeners.delete(listener))
    )

const drawn = (surface: Surface, shown: Shown, line: Text.Line | undefined, now: number): void => {
  if (!surface.animates) return
  const text = line === undefined ? "" : Text.show(Text.fit(line, surface.columns() - 1), surface.colors)
  if (text === shown.live) return
  if (line !== undefined && now - shown.at < redrawAfter) return
  shown.at = line === undefined ? 0 : now
  shown.live = text
  surface.write(`${erase}${text}`)
}

const make = (surface: Surface, shown: Shown): TerminalScreen["Service"] =>
  TerminalScreen.of({
    animates: surface.animates,
    columns: Effect.sync(surface.columns),
    print: (lines) => Effect.sync(() => over(surface, shown, lines)),
    draw: (line) => Effect.map(Clock.currentTimeMillis, (now) => drawn(surface, shown, line, now))
  })

/** Warnings and errors get a prefix. */
const levelPiece = (level: LogLevel.LogLevel): Text.Line => {
  if (level === "Error" || level === "Fatal") return [{ text: "error: ", style: "warn" }]
  if (level === "Warn") return [{ text: "warning: ", style: "warn" }]
  return []
}

const partText = (part: unknown): string => {
  if (typeof part === "string") return part
  return part instanceof Error ? part.message : JSON.stringify(part)
}

const messageText = (message: unknown): string =>
  (Array.isArray(message) ? message : [message]).map(partText).join(" ")

const logger = (surface: Surface, shown: Shown): Logger.Logger<unknown, void> =>
  Logger.make(({ logLevel, message, cause }) => {
    const why = cause.reasons.length === 0 ? "" : `\n${Cause.pretty(cause)}`
    const line = [...levelPiece(logLevel), Text.plain(`${messageText(message)}${why}`)]
    over(surface, shown, [line])
  })

/** The screen on `surface`, Effect's log on it, and its lines for listeners. The live line is removed when the scope closes. */
export const layerOn = (surface: Surface): Layer.Layer<TerminalScreen> => {
  const shown = nothingShown()
  const screen = Layer.effect(
    TerminalScreen,
    Effect.acquireRelease(
      Effect.sync(() => make(surface, shown)),
      ({ draw }) => draw(undefined)
    )
  )
  const consoleLines = Layer.succeed(ConsoleLines, listen(shown))
  return Layer.mergeAll(screen, consoleLines, Logger.layer([logger(surface, shown)]))
}

/** The width that is assumed if the output does not have one. */
const assumedColumns = 100

/** no-color.org: any value but the empty one turns colours off. FORCE_COLOR and dumb terminals as in other programs. */
const colorsIn = (env: Readonly<Record<string, string | undefined>>, terminal: boolean): boolean => {
  if ((env["NO_COLOR"] ?? "") !== "") return false
  const forced = env["FORCE_COLOR"]
  if (forced !== undefined) return forced !== "0" && forced !== "false"
  return terminal && env["TERM"] !== "dumb"
}

/** The surface of an output of the process, given its environment. */
export const surfaceOf = (
  stream: Pick<NodeJS.WriteStream, "isTTY" | "columns" | "write">,
  env: Readonly<Record<string, string | undefined>>
): Surface => {
  const terminal = stream.isTTY === true
  return {
    animates: terminal && env["TERM"] !== "dumb" && (env["CI"] ?? "") === "",
    colors: colorsIn(env, terminal),
    columns: () => (terminal && stream.columns > 0 ? stream.columns : assumedColumns),
    write: (text) => {
      stream.write(text)
    }
  }
}

const onStandardError = Effect.sync(() => surfaceOf(process.stderr, process.env))

/** The screen on the process's standard error. */
export const layer: Layer.Layer<TerminalScreen> = Layer.unwrap(Effect.map(onStandardError, layerOn))

/** Effect's log on standard error, for commands without a screen: by default it is on standard output, which is for data. */
export const log: Layer.Layer<never> = Layer.unwrap(
  Effect.map(onStandardError, (surface) => Logger.layer([logger(surface, nothingShown())]))
)
