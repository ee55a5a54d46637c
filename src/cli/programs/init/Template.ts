/** What a new project is made of, by the task that it begins with: files of the package, changed where they lie elsewhere. */
import { basename, dirname, extname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Host from "../../Host.ts"

export interface Task {
  readonly does: string
  /** The folder of its configs in the package, beside those of every task. */
  readonly configs: string | undefined
  /** More folders of the package, and where they go. */
  readonly parts: ReadonlyArray<Part>
  readonly scripts: { readonly [name: string]: string }
}

interface Part {
  readonly from: string
  readonly to: string
}

/** The tasks that a project can begin with; the first is the usual one, since it has nothing to take out first. */
export const tasks = {
  blank: {
    does: "a task of your own, in one file: two spirals, to be replaced by your data and net",
    configs: undefined,
    parts: [],
    scripts: {}
  },
  classification: {
    does: "which class a picture is of: from a folder per class, a CSV or MNIST's format",
    configs: "configs/image_classification",
    parts: [],
    scripts: {}
  },
  detection: {
    does: "where on a picture there is text: receipts that Anneal draws, or your own",
    configs: "configs/text_detection",
    parts: [
      { from: "templates/blank/src/pipeline.ts", to: "src/pipeline.ts" },
      { from: "examples/receipts", to: "src/receipts" }
    ],
    scripts: { receipts: "anneal pipeline run src/receipts/pipeline.ts" }
  }
} as const satisfies { readonly [name: string]: Task }

export type TaskName = keyof typeof tasks

export const names = ["blank", "classification", "detection"] as const satisfies ReadonlyArray<TaskName>

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
  const folder = join(Host.packageRoot, from)
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
    .replace(/^task: (?:text_detection|image_classification)$/m, "task: ./src/task.ts")
    .replaceAll(/ task=(?:text_detection|image_classification)\b/g, "")

/** Comments name files by their place in the project; comments for the checks of our own pages are left out. */
const moved = (text: string): string =>
  text.replaceAll("examples/receipts/", "src/receipts/").replaceAll(/^<!-- code .*-->\n/gm, "")

export const isText = ({ source }: File): boolean => extname(source) !== ".gz"

/** A file as the project has it. */
export const rewritten = (text: string, { target }: File): string =>
  extname(target) === ".yaml" ? ownTask(text) : moved(text)
