/** What a new project is made of, by the task that it begins with: files of the package, changed where they lie elsewhere. */
import { basename, dirname, extname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { packageRoot } from "../../../internal/PackageRoot.ts"
import * as BuiltIn from "../../../tasks/builtIn/BuiltIn.ts"
import { type Part, type Task, type TaskName, tasks } from "../../../tasks/builtIn/Projects.ts"

/** The names of the built-in tasks, as a pattern. */
const builtIn = Object.keys(BuiltIn.modules).join("|")

export interface File {
  /** Absolute, in the package. */
  readonly source: string
  /** Relative to the project. */
  readonly target: string
}

/** npm does not publish a `.gitignore`, so the template has another name. */
const named = (path: string): string =>
  basename(path) === "gitignore" ? join(dirname(path), ".gitignore") : path

const filesOf = Effect.fnUntraced(function* ({ from, to }: Part) {
  const fs = yield* FileSystem.FileSystem
  const folder = join(packageRoot, from)
  if ((yield* fs.stat(folder)).type === "File") return [{ source: folder, target: to } satisfies File]
  const all = (yield* fs.readDirectory(folder, { recursive: true })).toSorted()
  // Schemas for editors are those of the project's own task: `anneal config schema` writes them.
  const files = yield* Effect.filter(
    all.filter((name) => !/(^|[\\/])\.schema([\\/]|$)/.test(name)),
    (name) => Effect.map(fs.stat(join(folder, name)), ({ type }) => type === "File")
  )
  return files.map((name) => ({ source: join(folder, name), target: named(join(to, name)) }) satisfies File)
})

/** The files of a project; of two with the same place the later one counts. */
export const files = Effect.fnUntraced(function* (name: TaskName) {
  const { configs, parts }: Task = tasks[name]
  const all = yield* Effect.forEach(
    [
      { from: "configs/common", to: "configs" },
      ...(configs === undefined ? [] : [{ from: configs, to: "configs" }]),
      { from: "templates/project", to: "" },
      { from: `templates/${name}`, to: "" },
      ...parts
    ],
    filesOf
  )
  return [...new Map(all.flat().map((file) => [file.target, file])).values()]
})

/** The task is the project's own module: no key and no comment names the one that it came from. */
const ownTask = (text: string): string =>
  text
    .replace(/^# .*\ntask: \$\{anneal\.task:\}\n/m, "")
    .replace(new RegExp(`^task: (?:${builtIn})$`, "m"), "task: ./src/task.ts")
    .replaceAll(new RegExp(` task=(?:${builtIn})\\b`, "g"), "")

/** Comments name files by their place in the project; comments for the checks of our own pages are left out. */
const moved = (text: string): string =>
  text.replaceAll("examples/receipts/", "src/receipts/").replaceAll(/^<!-- code .*-->\n/gm, "")

export const isText = ({ source }: File): boolean => extname(source) !== ".gz"

/** A file as the project has it. */
export const rewritten = (text: string, { target }: File): string =>
  extname(target) === ".yaml" ? ownTask(text) : moved(text)
