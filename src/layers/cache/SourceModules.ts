/** A module and those that it imports by relative paths, as files: digests that say whether code changed. */
import { readFileSync } from "node:fs"
import { dirname, relative, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Fingerprint from "../../pipeline/stage/Fingerprint.ts"
import type { Modules } from "../../pipeline/stage/StageModule.ts"

/** Imports of types alone, which Node erases. */
const ofTypes = /\b(?:import|export)\s+type\s*(?:\{[^}]*\}|\*(?:\s*as\s+\w+)?|\w+)\s*from\s*["'][^"']*["']/g

/** `from "./a.ts"`, `import "./a.ts"`, `import("./a.ts")`, and a worker's `new URL("./a.ts", import.meta.url)`. */
const imports =
  /\b(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']|\bnew URL\(\s*["'](\.{1,2}\/[^"']+\.[cm]?[jt]s)["']\s*,\s*import\.meta\.url/g

const importedBy = (text: string): ReadonlyArray<string> =>
  [...text.replaceAll(ofTypes, "").matchAll(imports)].flatMap(([, plain, worker]) => plain ?? worker ?? [])

interface Source {
  readonly digest: string
  /** Paths of the modules that it imports. */
  readonly imports: ReadonlyArray<string>
}

/** Undefined for a file that cannot be read, such as one that only a comment names. */
const read = (file: string): Source | undefined => {
  const text = Result.try(() => readFileSync(file, "utf8"))
  if (Result.isFailure(text)) return undefined
  return {
    digest: Fingerprint.ofText(text.success),
    imports: importedBy(text.success).map((path) => resolve(dirname(file), path))
  }
}

/** The path of a module as a stack or an `import.meta.url` names it. */
const pathOf = (file: string): Option.Option<string> =>
  file.startsWith("file:") ? Result.getSuccess(Result.try(() => fileURLToPath(file))) : Option.some(file)

/** Each file is read once, when it is first asked for: what was loaded is what counts, not what was edited since. */
export const make = (): ((file: string) => Modules) => {
  const sources = new Map<string, Source | undefined>()
  const sourceOf = (path: string): Source | undefined => {
    if (!sources.has(path)) sources.set(path, read(path))
    return sources.get(path)
  }
  const reach = (path: string, reached: Map<string, string>): void => {
    const source = reached.has(path) ? undefined : sourceOf(path)
    if (source === undefined) return
    reached.set(path, source.digest)
    for (const imported of source.imports) reach(imported, reached)
  }
  const modulesOf = (path: string): Modules => {
    const reached = new Map<string, string>()
    reach(path, reached)
    const named = [...reached].map(([each, digest]) => [relativeTo(dirname(path), each), digest] as const)
    return Object.fromEntries(named)
  }
  return (file) => Option.match(pathOf(file), { onNone: () => ({}), onSome: modulesOf })
}

/** With slashes, so that a cache means the same on every system. */
const relativeTo = (folder: string, path: string): string => relative(folder, path).split(sep).join("/")
