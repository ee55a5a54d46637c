/** The program of `anneal init`: a project from the templates, the examples and the configs of the package. */
import { basename, dirname, join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import packageJson from "../../../package.json" with { type: "json" }
import { PathError } from "../../internal/PathError.ts"
import * as Durable from "../../layers/internal/Durable.ts"
import * as Host from "../Host.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"
import * as Text from "../terminal/Text.ts"

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
  readonly overwrite: boolean
  /** The version of anneal in package.json; absent: this one. */
  readonly anneal: Option.Option<string>
}

/** What is copied from the package to the project; folders with everything in them. */
const parts = [
  { from: "templates/project", to: "" },
  { from: "examples/receipts", to: "src/receipts" },
  { from: "examples/quickstart/train.ts", to: "src/quickstart.ts" },
  { from: "configs", to: "configs" }
]

/** npm does not publish a `.gitignore`, so the template has another name. */
const named = (path: string): string =>
  basename(path) === "gitignore" ? join(dirname(path), ".gitignore") : path

/** Comments name files by their place in the project; comments for the checks of our own pages are left out. */
const moved = (text: string): string =>
  text
    .replaceAll("examples/quickstart/train.ts", "src/quickstart.ts")
    .replaceAll("examples/receipts/", "src/receipts/")
    .replaceAll(/^<!-- code .*-->\n/gm, "")

/** A name that npm accepts, made from the name of the folder. */
const packageName = (folder: string): string =>
  basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "") || "project"

const manifest = (folder: string, anneal: string): string => {
  const { devDependencies, peerDependencies } = packageJson
  const versions: Readonly<Record<string, string>> = devDependencies
  const value = {
    name: packageName(folder),
    version: "0.0.0",
    private: true,
    type: "module",
    scripts: {
      start: "node src/train.ts",
      test: "vitest run",
      types: "tsc --noEmit",
      receipts: "anneal pipeline run src/receipts/pipeline.ts"
    },
    dependencies: {
      anneal,
      // These include the packages for pictures, which the receipts need.
      ...Object.fromEntries(Object.keys(peerDependencies).map((name) => [name, versions[name]]))
    },
    devDependencies: {
      "@effect/vitest": devDependencies["@effect/vitest"],
      "@types/node": devDependencies["@types/node"],
      node: devDependencies.node,
      typescript: devDependencies.typescript,
      vitest: devDependencies.vitest
    },
    allowScripts: packageJson.allowScripts
  }
  return `${JSON.stringify(value, null, 2)}\n`
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

/** The files of a part, by their paths relative to the package and to the project. */
const filesOf = Effect.fnUntraced(function* ({ from, to }: (typeof parts)[number]) {
  const fs = yield* FileSystem.FileSystem
  const source = join(Host.packageRoot, from)
  if ((yield* fs.stat(source)).type !== "Directory") return [{ source, target: to }]
  const names = (yield* fs.readDirectory(source, { recursive: true })).toSorted()
  const files = yield* Effect.filter(names, (name) =>
    Effect.map(fs.stat(join(source, name)), ({ type }) => type === "File")
  )
  return files.map((name) => ({ source: join(source, name), target: named(join(to, name)) }))
})

const write = Effect.fnUntraced(function* (path: string, anneal: string) {
  const fs = yield* FileSystem.FileSystem
  const put = Effect.fnUntraced(function* (target: string, text: string) {
    yield* fs.makeDirectory(dirname(join(path, target)), { recursive: true })
    yield* fs.writeFileString(join(path, target), text)
  })
  const files = (yield* Effect.forEach(parts, filesOf)).flat()
  for (const { source, target } of files) yield* put(target, moved(yield* fs.readFileString(source)))
  yield* put("package.json", manifest(path, anneal))
  return files.length + 1
})

export const init = Effect.fn("init")(function* ({ folder, overwrite, anneal }: Input) {
  const path = resolve(folder)
  const files = yield* Effect.andThen(
    checked(path, overwrite),
    write(
      path,
      Option.getOrElse(anneal, () => packageJson.version)
    )
  ).pipe(
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
      "  npm start      trains the task in src/classifier.ts",
      "  npm test       tests it"
    ].join("\n")
  )
})
