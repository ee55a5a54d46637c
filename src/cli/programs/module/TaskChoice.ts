/** Which task a command is about: a built-in one by its name, or one that a module of the user's own declares. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { didYouMean } from "../../../config/node/Nearest.ts"
import type { Any } from "../../../pipeline/module/TaskModule.ts"
import * as BuiltIn from "../../../tasks/builtIn/BuiltIn.ts"
import { CommandRefused } from "../../Failure.ts"
import * as Host from "../../Host.ts"
import { Invocation } from "../../Invocation.ts"
import type { DeclaredTask } from "./DeclaredTask.ts"

export interface TaskChoice {
  /** How the command line is called: `anneal`. */
  readonly program: string
  /** As the configuration names it; undefined for the one task of a program, whatever a configuration says. */
  readonly reference: string | undefined
  readonly module: Any
  /** The folder of configs that it brings along. */
  readonly configs: string | undefined
  /** Undefined for a built-in task. */
  readonly source: DeclaredTask["source"] | undefined
}

type Found = Omit<TaskChoice, "program">

/** Whether the name of a task is the path of a module. */
export const isPath = (name: string): boolean => /[\\/]|\.[cm]?[jt]s$/.test(name)

const packaged = (name: string): string => join(Host.packagedConfigs, name)

/** Those that the module names, or of a built-in task, or of one that goes by its name, those of the package. */
export const configsOf = ({ name, configs }: Any): string | undefined => {
  if (configs !== undefined) return fileURLToPath(configs)
  return name in BuiltIn.modules ? packaged(name) : undefined
}

const builtIn = Effect.fnUntraced(function* (name: string) {
  const module = BuiltIn.modules[name]
  if (module === undefined) {
    const names = Object.keys(BuiltIn.modules)
    return yield* new CommandRefused({
      problem: `task=${name}: there is no such task${didYouMean(name, names)}. Anneal has ${names.join(", ")}; a task of your own is a module, such as task=./src/task.ts`
    })
  }
  const choice: Found = { reference: name, module: yield* module, configs: packaged(name), source: undefined }
  return choice
})

const declared = Effect.fnUntraced(function* (file: string) {
  const DeclaredTask = yield* Effect.promise(() => import("./DeclaredTask.ts"))
  const { module, source } = yield* DeclaredTask.load(file)
  const choice: Found = { reference: file, module, configs: configsOf(module), source }
  return choice
})

const given = (module: Any): Found => ({
  reference: undefined,
  module,
  configs: configsOf(module),
  source: undefined
})

/** The task of a name, as the plan's key `task` has it. */
export const load = Effect.fn("TaskChoice.load")(function* (name: string) {
  const { program, task } = yield* Invocation
  const found = task === undefined ? yield* isPath(name) ? declared(name) : builtIn(name) : given(task)
  const choice: TaskChoice = { ...found, program: program.join(" ") }
  return choice
})

/** What composing needs to know of a task. */
export interface Known extends Pick<TaskChoice, "reference" | "configs"> {
  readonly name: string
  /** Whether its configs are those of the package, which mention every key of its plan. */
  readonly isBuiltIn: boolean
}

/** Nothing of a built-in task is loaded for it, so that what does not compose is refused at once. */
export const known = Effect.fnUntraced(function* (name: string) {
  const { task } = yield* Invocation
  const isBuiltIn = task === undefined && Object.hasOwn(BuiltIn.modules, name)
  if (isBuiltIn) return { name, reference: name, configs: packaged(name), isBuiltIn } satisfies Known
  const { module, reference, configs } = yield* load(name)
  const found: Known = { name: module.name, reference, configs, isBuiltIn: module.name in BuiltIn.modules }
  return found
})

const unquoted = (value: string): string => value.replace(/^(['"])(.*)\1$/, "$2")

/** The task that the last override for it names; the first of several that a sweep names. */
export const fromOverrides = (overrides: ReadonlyArray<string>): string | undefined => {
  const found = overrides.findLast((one) => /^\+{0,2}task=./.test(one))
  return found === undefined ? undefined : unquoted(found.slice(found.indexOf("=") + 1).split(",")[0] ?? "")
}

/** The task that a primary config names in plain words; undefined if there is no such config, or it names none. */
export const fromFile = (folder: string | undefined, name: string): string | undefined => {
  const file = folder === undefined ? "" : join(folder, `${name}.yaml`)
  if (file === "" || !existsSync(file)) return undefined
  const [, value] = /^task\s*:\s*([^#\n]+?)\s*(?:#.*)?$/m.exec(readFileSync(file, "utf8")) ?? []
  return value === undefined ? undefined : unquoted(value)
}
