/** Starts the command line: with its arguments, what a refused one is told, and a sentence when it fails. */
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

/** What a person who knows other programs writes as a flag is a value of the configuration here. */
const hint = (error: Refusal, { helpDoc }: InvalidInvocation): string =>
  error._tag === "UnrecognizedOption" && helpDoc.args?.some(({ name }) => name === "override") === true
    ? ". Values of the configuration are set without dashes, e.g. trainer.max_epochs=3"
    : ""

/** What was wrong and what may have been meant, on one line. */
const sentence = (error: Refusal, event: InvalidInvocation): string => {
  const [problem = ""] = error.message.split("\n")
  const meant = "suggestions" in error ? error.suggestions : []
  return meant.length === 0
    ? `anneal: ${problem}${hint(error, event)}`
    : `anneal: ${problem}. Did you mean ${meant.join(" or ")}?`
}

/** Help is for who asks for it: below a screen of it nobody finds what was wrong. */
const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? StandardOutput.note(
          `${event.errors.map((error) => sentence(error, event)).join("\n")} (${event.commandPath.join(" ")} --help says more)`
        )
      : CliOutput.defaultPresenter.present(event)
}

export const start = <E>(
  program: (args: ReadonlyArray<string>) => Effect.Effect<void, E, Layer.Success<typeof Platform.layer>>
): void => {
  const main = program(process.argv.slice(2)).pipe(
    Effect.exit,
    Effect.tap(Failure.tell),
    Effect.flatten,
    Effect.provide(Layer.mergeAll(Platform.layer, TerminalScreen.log, CliOutput.layerPresenter(presenter)))
  )
  MainProgram.run(main, { disableErrorReporting: true })
}
