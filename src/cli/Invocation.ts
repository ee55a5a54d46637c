/** How the command line was called: as `anneal`, or as a program of the user's own that is about one task. */
import { relative } from "node:path"
import * as Context from "effect/Context"
import type { Any } from "../pipeline/module/TaskModule.ts"

export interface Called {
  /** The words before a command: `anneal`, or `node src/main.ts`. */
  readonly program: ReadonlyArray<string>
  /** The one task of a program of its own: no configuration chooses another. */
  readonly task: Any | undefined
}

export const Invocation = Context.Reference<Called>("anneal/cli/Invocation", {
  defaultValue: () => ({ program: ["anneal"], task: undefined })
})

export const ofProgram = (task: Any): Called => ({
  program: ["node", relative(process.cwd(), process.argv[1] ?? "")],
  task
})
