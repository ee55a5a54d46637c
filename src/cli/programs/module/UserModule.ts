/** A module of the user's own, loaded so that it shares the Effect and the Anneal that run already. */
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import packageJson from "anneal/package.json" with { type: "json" }
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { PathError } from "../../../internal/PathError.ts"
import * as SharedModules from "../../../internal/SharedModules.ts"

/** The module cannot be loaded, or does not export what is wanted. */
export class ModuleRefused extends PathError.extend<ModuleRefused>("ModuleRefused")({
  _tag: Schema.tag("ModuleRefused")
}) {}

export interface UserModule {
  /** Absolute. */
  readonly path: string
  /** Its exports, by name. */
  readonly exports: ReadonlyMap<string, unknown>
}

/** What was thrown, without the lines of its stack that are Node's or the bundle's own. */
const sentenceOf = (cause: unknown): string =>
  (cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))
    .split("\n")
    .filter((line) => !/^\s+at .*(node:|\/dist\/shared\/|^\s+at nextStep )/.test(line))
    .join("\n")

/** How to get a package that the module imports, if it is one that Anneal works with. */
const cureOf = (cause: unknown): string => {
  const [, name = ""] = /Cannot find package '([^']+)'/.exec(String(cause)) ?? []
  const ranges: Readonly<Record<string, string>> = packageJson.peerDependencies
  const range = ranges[name]
  return range === undefined
    ? "\nCorrect it; `npx node <file>` shows the same error"
    : `\nInstall it: npm install ${name}@${range.replace("~", "")}`
}

const imported = (path: string) =>
  Effect.tryPromise({
    try: (): Promise<object> => import(pathToFileURL(path).href),
    catch: (cause) =>
      new ModuleRefused({
        path,
        problem: `the module cannot be loaded: ${sentenceOf(cause)}`,
        cure: cureOf(cause)
      })
  })

const isRegular = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.stat(path).pipe(
    Effect.map(({ type }) => type === "File"),
    Effect.orElseSucceed(() => false)
  )
})

/** Loads it; `what` it should export is for people. What it imports later is found as long as the scope is open. */
export const load = Effect.fn("UserModule.load")(function* (file: string, what: string) {
  const path = resolve(file)
  const isFile = yield* isRegular(path)
  if (!isFile || !/\.[cm]?[jt]s$/.test(path)) {
    return yield* new ModuleRefused({
      path,
      problem: isFile ? "it is not a module" : "the file does not exist",
      cure: `Name a TypeScript or JavaScript module that exports ${what}`
    })
  }
  if (!SharedModules.canShare) {
    return yield* new ModuleRefused({
      path,
      problem: "it is named where the start of the command does not look",
      cure: "Name it on the command line, task=<module>, or in a config file, `task: <module>`"
    })
  }
  yield* SharedModules.open
  const loaded: UserModule = { path, exports: new Map(Object.entries(yield* imported(path))) }
  return loaded
})
