/** `anneal init` */
import { Argument, Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"

export const command = Command.make(
  "init",
  {
    folder: Argument.Path("dir").pipe(
      Argument.withDescription("Folder of the project, created if missing; by default the current folder"),
      Argument.withDefault(".")
    ),
    task: Flag.Literals("task", ["blank", "classification", "detection"]).pipe(
      Flag.withDescription(
        "What it begins with: blank, a small task of your own in one file; classification of pictures; detection of text"
      ),
      Flag.withDefault("blank")
    ),
    overwrite: Flag.Boolean("overwrite").pipe(
      Flag.withDescription("Write even if the folder is not empty, replacing files of the same name"),
      Flag.withDefault(false)
    ),
    anneal: Flag.String("anneal").pipe(
      Flag.withDescription(
        "Version or address of anneal in package.json, e.g. file:../anneal-0.1.0.tgz; by default this version"
      ),
      Flag.optional
    )
  },
  Effect.fnUntraced(function* (input) {
    const { init } = yield* Effect.promise(() => import("../programs/init/Init.ts"))
    yield* init(input)
  })
).pipe(
  Command.withDescription("Create a project: a task of your own, its configs, its tests, a pipeline"),
  Command.withExamples([
    { command: "anneal init my-project", description: "Then run npm install, npm start and npm test in it" },
    { command: "anneal init pictures --task classification", description: "Learn to tell pictures apart" },
    { command: "anneal init --wizard", description: "Ask for folder and task" }
  ])
)
