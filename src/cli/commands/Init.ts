/** `anneal init` */
import { Argument, Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"

export const command = Command.make(
  "init",
  {
    folder: Argument.Path("dir").pipe(
      Argument.withDescription("Folder of the project, made where there is none"),
      Argument.withDefault(".")
    ),
    overwrite: Flag.Boolean("overwrite").pipe(
      Flag.withDescription("Write into a folder that is not empty; files of the same names are replaced"),
      Flag.withDefault(false)
    ),
    anneal: Flag.String("anneal").pipe(
      Flag.withDescription(
        "What package.json says for anneal instead of this version, e.g. file:../anneal-0.1.0.tgz"
      ),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* (input) {
    const { init } = yield* Effect.promise(() => import("../programs/Init.ts"))
    yield* init(input)
  })
).pipe(
  Command.withDescription("Begin a project: a task of your own that trains, its tests, a pipeline, configs"),
  Command.withExamples([
    { command: "anneal init my-project", description: "Then, in it: npm install, npm start, npm test" }
  ])
)
