/** Starts the command line: passes its arguments, and prints why they were refused or why it failed. */
import { CliOutput } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Failure from "./Failure.ts"
import * as MainProgram from "./MainProgram.ts"
import * as Platform from "./Platform.ts"
import * as TerminalScreen from "./terminal/Screen.ts"
import * as StandardOutput from "./terminal/StandardOutput.ts"

type InvalidInvocation = CliOutput.Presenter.InvalidInvocation
type Refusal = InvalidInvocation["errors"][number]

/** Other programs take as flags what are values of the configuration here. */
const hint = (error: Refusal, { helpDoc }: InvalidInvocation): string =>
  error._tag === "UnrecognizedOption" && helpDoc.args?.some(({ name }) => name === "override") === true
    ? ". Set values of the configuration without dashes, e.g. trainer.max_epochs=3"
    : ""

/** What is wrong and what may have been meant, on one line. */
const sentence = (error: Refusal, event: InvalidInvocation): string => {
  const [problem = ""] = error.message.split("\n")
  const meant = "suggestions" in error ? error.suggestions : []
  return meant.length === 0
    ? `anneal: ${problem}${hint(error, event)}`
    : `anneal: ${problem}. Did you mean ${meant.join(" or ")}?`
}

/** Prints no help with an error: a screen of it would hide what is wrong. */
const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? StandardOutput.note(
          `${event.errors.map((error) => sentence(error, event)).join("\n")} (${event.commandPath.join(" ")} --help shows the usage)`
        )
      : CliOutput.defaultPresenter.present(event)
}

export const start = <E>(
  program: (args: ReadonlyArray<string>) => Effect.Effect<void, E, Layer.Success<typeof Platform.layer>>
): void => {
  const main = program(process.argv.slice(2)).pipe(
    Effect.exit,
    Effect.tap(Failure.report),
    Effect.flatten,
    Effect.provide(Layer.mergeAll(Platform.layer, TerminalScreen.log, CliOutput.layerPresenter(presenter)))
  )
  MainProgram.run(main, { disableErrorReporting: true })
}
