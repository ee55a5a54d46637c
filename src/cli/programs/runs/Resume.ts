/** The program of `anneal runs resume`: `anneal train` with the command line of the run, and `resume=<run>`. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as OverridePrinter from "../../../config/override/Printer.ts"
import * as Foreign from "../../../layers/internal/Foreign.ts"
import * as RunPlan from "../../../layers/registry/RunPlan.ts"
import * as RunRecordFile from "../../../layers/run/RunRecordFile.ts"
import type { RunRecord } from "../../../pipeline/run/RunDirectory.ts"
import * as ResumeCheck from "../../../runs/ResumeCheck.ts"
import * as BuiltIn from "../../../tasks/builtIn/BuiltIn.ts"
import * as Arguments from "../../Arguments.ts"
import * as Configured from "../../Configured.ts"
import { CommandRefused } from "../../Failure.ts"
import { Invocation } from "../../Invocation.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
import * as Composition from "../config/Composition.ts"
import * as Decoded from "../config/Decoded.ts"
import * as TaskChoice from "../module/TaskChoice.ts"
import * as Registry from "./Registry.ts"

export interface Input {
  readonly run: string
  /** Further overrides, which replace those of the run. */
  readonly overrides: ReadonlyArray<string>
  readonly dir: Option.Option<string>
}

/** A path as an override's value. */
const asValue = (path: string): string =>
  /^[\w./~-]+$/.test(path) ? path : OverridePrinter.quote(path, "single")

/** Whether an override is about one start of the run only. */
const isResume = (override: string): boolean => /^\+{0,2}resume(_exact)?=/.test(override)

/** The overrides of the newest start, so that what was changed then stays changed. */
const overridesOf = ({ overrides, resumes }: RunRecord): ReadonlyArray<string> =>
  resumes.findLast((one) => one.overrides !== undefined)?.overrides ?? overrides

/** Whether an override names a server that gets data, and with it keys: a run directory may come from elsewhere. */
const namesServer = (override: string): boolean =>
  /(?:tracking_uri|base_url|endpoint|sync_dir)\W/.test(override.replaceAll("\\", ""))

const keyOf = (override: string): string => override.replace(/^\+{1,2}/, "").split("=", 1)[0] ?? ""

/** The overrides of the run. One that names a server must be repeated in `given`, and is taken from there. */
const recorded = Effect.fnUntraced(function* (
  run: string,
  overrides: ReadonlyArray<string>,
  given: ReadonlyArray<string>
) {
  const again = new Set(given.map(keyOf))
  const named = overrides.filter(namesServer)
  const missing = named.filter((one) => !again.has(keyOf(one)))
  if (missing.length > 0) {
    const words = missing.map(Foreign.quoted).join(" ")
    return yield* new CommandRefused({
      problem: `run ${run} was started with ${words}. A run directory may not decide where data and your keys are sent: if you trust the server, repeat the override: anneal runs resume ${run} ${words}`
    })
  }
  return overrides.filter((one) => !isResume(one) && !named.includes(one) && !again.has(keyOf(one)))
})

const names = ["--config-dir", "--config-path", "--config-name"] as const
type Name = (typeof names)[number]

interface Flags {
  readonly configDir: Option.Option<string>
  readonly configPath: Option.Option<string>
  readonly configName: Option.Option<string>
}

/** `--config-name mine` and `--config-name=mine`; the last of several counts. */
const valueOf = (name: Name, command: ReadonlyArray<string>): Option.Option<string> => {
  const prefix = `${name}=`
  const at = command.findLastIndex((word) => word === name || word.startsWith(prefix))
  const word = command[at]
  if (word === undefined) return Option.none()
  return Option.fromUndefinedOr(word === name ? command[at + 1] : word.slice(prefix.length))
}

/** Where the recorded command looked for its configuration: its flags as values, and as words to be typed again. */
export const flagsOf = (
  command: ReadonlyArray<string>
): { readonly input: Flags; readonly words: ReadonlyArray<string> } => {
  const normal = Arguments.normalise(command)
  const [configDir, configPath, configName] = names.map((name) => valueOf(name, normal))
  const input = {
    configDir: configDir ?? Option.none(),
    configPath: configPath ?? Option.none(),
    configName: configName ?? Option.none()
  }
  const values = [input.configDir, input.configPath, input.configName]
  return {
    input,
    words: names.flatMap((name, i) => {
      const value = values[i] ?? Option.none()
      return Option.isSome(value) ? [name, value.value] : []
    })
  }
}

export const resume = Effect.fn("runs.resume")(function* (input: Input) {
  const run = yield* Registry.using(input.dir, (registry) => registry.find(input.run))
  const fs = yield* FileSystem.FileSystem
  const record = yield* RunRecordFile.read(fs, run.path)
  const { module } = yield* TaskChoice.load(record.task?.module ?? record.task?.name ?? BuiltIn.usual)
  const { program } = yield* Invocation
  yield* ResumeCheck.checkProgram(module, run.path, record, yield* RunPlan.read(fs, run.path), program[0])
  const overrides = [
    ...(yield* recorded(run.id, overridesOf(record), input.overrides)),
    ...input.overrides,
    `resume=${asValue(run.path)}`
  ]
  const flags = flagsOf(record.command)
  yield* StandardOutput.note(
    `${program.join(" ")} train${Decoded.commandLine([...flags.words, ...overrides])}`
  )
  yield* Configured.run("train")({ ...Composition.nothing, ...flags.input, overrides })
})
