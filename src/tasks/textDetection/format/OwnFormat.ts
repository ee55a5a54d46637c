/** A layout of the user's own, named by the path of the module that exports it: `data.format=./src/boxes.ts`. */
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as SharedModules from "../../../internal/SharedModules.ts"
import * as Thrown from "../../../pipeline/internal/Thrown.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import type { Format } from "./Format.ts"
import { isModule, type Named } from "./Names.ts"

const isFormat = (value: unknown): value is Format =>
  Predicate.isObject(value) &&
  ["name", "title"].every((key) => Predicate.hasProperty(value, key) && Predicate.isString(value[key])) &&
  ["recognises", "read"].every(
    (key) => Predicate.hasProperty(value, key) && Predicate.isFunction(value[key])
  ) &&
  Predicate.hasProperty(value, "files") &&
  value.files instanceof RegExp &&
  Predicate.hasProperty(value, "loses") &&
  Array.isArray(value.loses)

const cure =
  "Name a module with `export default` of a Format (name, title, files, recognises, loses, read): docs/data.md."

const imported = (where: string) =>
  Effect.tryPromise({
    try: (): Promise<object> => import(pathToFileURL(where).href),
    catch: (cause) =>
      new DataError({ where, problem: `the layout cannot be loaded: ${Thrown.sentence(cause)}`, cure })
  })

/** The default export, or the only layout among the others. */
const exported = (exports: object): ReadonlyArray<Format> => {
  const formats = Object.entries(exports).filter((entry): entry is [string, Format] => isFormat(entry[1]))
  const byDefault = formats.find(([name]) => name === "default")
  return byDefault === undefined ? formats.map(([, format]) => format) : [byDefault[1]]
}

/** The layout that a module exports; relative paths begin where the command runs. */
const load = Effect.fnUntraced(function* (file: string) {
  const where = resolve(file)
  if (!SharedModules.canShare) {
    return yield* new DataError({
      where,
      problem: "the layout is named where the start of the command does not look",
      cure: "Name it on the command line, data.format=<module>, or on a line of a config file, `format: <module>`."
    })
  }
  yield* SharedModules.open
  const [format, ...others] = exported(yield* imported(where))
  if (format !== undefined && others.length === 0) return format
  const problem =
    format === undefined
      ? "the module exports no layout of annotations"
      : "the module exports several layouts, and none by default"
  return yield* new DataError({ where, problem, cure })
}, Effect.scoped)

/** What a plan or a command names: a layout that comes along by its name, or one of a module. */
export const of = <N extends string>(named: Named<N>): Effect.Effect<N | Format, DataError> =>
  isModule(named) ? load(named) : Effect.succeed(named)
