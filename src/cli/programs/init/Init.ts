/** The program of `anneal init`: a project from the templates and the configs of the package. */
import { dirname, join, resolve } from "node:path"
import packageJson from "anneal/package.json" with { type: "json" }
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { PathError } from "../../../internal/PathError.ts"
import * as Durable from "../../../layers/internal/Durable.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
import * as Text from "../../terminal/Text.ts"
import * as Manifest from "./Manifest.ts"
import * as Template from "./Template.ts"

/** A project may not be written to the folder. */
export class InitRefused extends PathError.extend<InitRefused>("InitRefused")({
  _tag: Schema.tag("InitRefused")
}) {}

/** Writing the project failed. */
export class InitFailed extends Schema.TaggedError<InitFailed>()("InitFailed", {
  path: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.path}: the project cannot be written: ${this.problem}. Free some space or make the folder writable, then run anneal init again with --overwrite`
  }
}

export interface Input {
  readonly folder: string
  readonly task: Template.TaskName
  readonly overwrite: boolean
  /** The version of anneal in package.json; absent: this one. */
  readonly anneal: Option.Option<string>
}

const checked = Effect.fnUntraced(function* (path: string, overwrite: boolean) {
  const fs = yield* FileSystem.FileSystem
  if (!(yield* fs.exists(path))) return
  const { type } = yield* fs.stat(path)
  if (type !== "Directory") {
    return yield* new InitRefused({ path, problem: "it is not a folder", cure: "Name another folder" })
  }
  const inside = (yield* fs.readDirectory(path)).filter((name) => name !== ".git")
  if (inside.length === 0 || overwrite) return
  return yield* new InitRefused({
    path,
    problem: `the folder is not empty: it contains ${inside.toSorted().slice(0, 3).join(", ")}${inside.length > 3 ? ", …" : ""}`,
    cure: "Name a new folder, or add --overwrite, which replaces files of the same name"
  })
})

const write = Effect.fnUntraced(function* (path: string, task: Template.TaskName, anneal: string) {
  const fs = yield* FileSystem.FileSystem
  const files = yield* Template.files(task)
  for (const file of files) {
    const target = join(path, file.target)
    yield* fs.makeDirectory(dirname(target), { recursive: true })
    if (!Template.isText(file)) yield* fs.copyFile(file.source, target)
    else yield* fs.writeFileString(target, Template.rewritten(yield* fs.readFileString(file.source), file))
  }
  const { scripts } = Template.tasks[task]
  yield* fs.writeFileString(join(path, "package.json"), Manifest.text({ folder: path, anneal, scripts }))
  return files.length + 1
})

export const init = Effect.fn("init")(function* ({ folder, task, overwrite, anneal }: Input) {
  const path = resolve(folder)
  const version = Option.getOrElse(anneal, () => packageJson.version)
  const files = yield* Effect.andThen(checked(path, overwrite), write(path, task, version)).pipe(
    Effect.catchTag("PlatformError", (error) =>
      Effect.fail(new InitFailed({ path, problem: Durable.problemOf(error) }))
    )
  )
  const shown = Text.path(path, process.cwd())
  yield* StandardOutput.text(
    [
      `created a project of ${Text.count(files, "file")} in ${shown}`,
      "next:",
      ...(path === process.cwd() ? [] : [`  cd ${shown}`]),
      "  npm install",
      "  npm start      trains the task in src/task.ts: anneal train",
      "  npm test       tests it"
    ].join("\n")
  )
})
