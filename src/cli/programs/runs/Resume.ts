/** The program of `anneal runs resume`: `anneal train` as the run was begun, with `resume=<run>`. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as OverridePrinter from "../../../config/override/Printer.ts"
import * as Foreign from "../../../layers/internal/Foreign.ts"
import * as RunPlan from "../../../layers/registry/RunPlan.ts"
import * as RunRecordFile from "../../../layers/run/RunRecordFile.ts"
import type { RunRecord } from "../../../pipeline/run/RunDirectory.ts"
import * as ResumeCheck from "../../../runs/ResumeCheck.ts"
import * as Arguments from "../../Arguments.ts"
import * as Configured from "../../Configured.ts"
import { CommandRefused } from "../../Failure.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
import * as Composition from "../config/Composition.ts"
import * as Decoded from "../config/Decoded.ts"
import * as Registry from "./Registry.ts"

export interface Input {
  readonly run: string
  /** Further overrides, which win over those of the run. */
  readonly overrides: ReadonlyArray<string>
  readonly dir: Option.Option<string>
}

/** A path as an override's value. */
const asValue = (path: string): string =>
  /^[\w./~-]+$/.test(path) ? path : OverridePrinter.quote(path, "single")

/** What was said for one start of the run alone. */
const isResume = (override: string): boolean => /^\+{0,2}resume(_exact)?=/.test(override)

/** The overrides of the newest start, so that what was changed then stays as it is now. */
const overridesOf = ({ overrides, resumes }: RunRecord): ReadonlyArray<string> =>
  resumes.findLast((one) => one.overrides !== undefined)?.overrides ?? overrides

/** Says where a run sends its data, and with it keys: a run directory may be somebody else's. */
const namesServer = (override: string): boolean =>
  /(?:tracking_uri|base_url|endpoint|sync_dir)\W/.test(override.replaceAll("\\", ""))

const keyOf = (override: string): string => override.replace(/^\+{1,2}/, "").split("=", 1)[0] ?? ""

/** The overrides of the run, without those that `given` has again; one that names a server has to be among these. */
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
      problem: `run ${run} was begun with ${words}, and no run directory decides where its data and your keys go. If you trust it, give it again: anneal runs resume ${run} ${words}`
    })
  }
  return overrides.filter((one) => !isResume(one) && !named.includes(one))
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
  yield* ResumeCheck.checkProgram(run.path, record, yield* RunPlan.read(fs, run.path), "anneal")
  const overrides = [
    ...(yield* recorded(run.id, overridesOf(record), input.overrides)),
    ...input.overrides,
    `resume=${asValue(run.path)}`
  ]
  const flags = flagsOf(record.command)
  yield* StandardOutput.note(`anneal train${Decoded.commandLine([...flags.words, ...overrides])}`)
  yield* Configured.run("train")({ ...Composition.nothing, ...flags.input, overrides })
})
