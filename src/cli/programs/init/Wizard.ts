/** `anneal init --wizard`: asks what the command line leaves open, and answers as flags. */
import { Prompt } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import { CommandRefused } from "../../Failure.ts"
import * as Template from "./Template.ts"

const isFlag = (word: string): boolean => word.startsWith("-")

/** The folder among the arguments after `init`: the first word that is neither a flag nor the value of one. */
const folderOf = (args: ReadonlyArray<string>): string | undefined =>
  args.find((word, i) => !isFlag(word) && !/^--(?:task|anneal)$/.test(args[i - 1] ?? ""))

const folder = Prompt.String({ message: "Folder of the project", default: "my-project" })

const task = Prompt.Select({
  message: "Task to begin with",
  choices: Template.names.map((name) => ({
    title: name,
    value: name,
    description: Template.tasks[name].does
  }))
})

/** The arguments of `anneal` without `--wizard`, and with the answers. */
export const answered = Effect.fn("Wizard.answered")(
  function* (args: ReadonlyArray<string>) {
    const [init = "init", ...given] = args.filter((word) => word !== "--wizard")
    const { stdinIsTerminal } = yield* Stdio.Stdio
    if (!(yield* stdinIsTerminal)) {
      return yield* new CommandRefused({
        problem: `--wizard asks questions, and standard input is no terminal.\nAnswer by flags: anneal init ${folderOf(given) ?? "<folder>"} --task ${Template.names.join("|")}`
      })
    }
    const place = folderOf(given) === undefined ? [yield* Prompt.run(folder)] : []
    const isChosen = given.some((word) => /^--task(?:=|$)/.test(word))
    const chosen = isChosen ? [] : ["--task", yield* Prompt.run(task)]
    return [init, ...place, ...given, ...chosen]
  },
  // Ctrl-C at a question ends the command as it ends any other.
  Effect.catchTag("QuitError", () => Effect.interrupt)
)
