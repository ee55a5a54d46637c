/** `anneal complete`: prints what may follow on a command line, for the scripts of `anneal --completions`. */
import type { Completions } from "effect/cli"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as SchemaKeys from "../../config/decode/SchemaKeys.ts"
import * as Completion from "../../config/inspect/Completion.ts"
import * as Arguments from "../Arguments.ts"
import * as CommandLine from "../completion/CommandLine.ts"
import * as Script from "../completion/Script.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"
import * as Text from "../terminal/Text.ts"
import * as Composition from "./config/Composition.ts"

type Candidates = ReadonlyArray<CommandLine.Candidate>
type Line = CommandLine.Line

const bare = (words: ReadonlyArray<string>): Candidates =>
  words.map((word) => ({ word, description: undefined }))

const isCommand = (name: string | undefined): name is Composition.Command =>
  name === "train" || name === "test" || name === "predict"

/** The command whose configuration the overrides of a line change. */
const commandOf = ({ path, values }: Line): Composition.Command => {
  const name = path[0] === "config" ? values.get("for") : path[0]
  return isCommand(name) ? name : "train"
}

const valueOf = ({ values }: Line, name: string) => Option.fromUndefinedOr(values.get(name))

const inputOf = (line: Line): Composition.Input => ({
  ...Composition.nothing,
  configDir: valueOf(line, "config-dir"),
  configPath: valueOf(line, "config-path"),
  configName: valueOf(line, "config-name")
})

/** Overrides, or the keys that they may name. */
const fromConfig = Effect.fnUntraced(function* (line: Line, before: ReadonlyArray<string>) {
  const options = yield* Composition.options(commandOf(line), { ...inputOf(line), overrides: before })
  return yield* Completion.candidates(
    { multirun: line.used.has("multirun"), before, word: line.word },
    options
  )
})

/** After `key=`, the values that the plan allows if they are finitely many, such as engines or true and false. */
const fromPlan = Effect.fnUntraced(function* (line: Line) {
  const [, prefix, key] = /^(\+{0,2}([\w.]+)=)[^=]*$/.exec(line.word) ?? []
  if (prefix === undefined || key === undefined) return []
  const Plans = yield* Effect.promise(() => import("../../runs/Plans.ts"))
  const command = commandOf(line)
  const { module } = yield* Composition.task(command, { ...inputOf(line), overrides: line.positionals })
  const schema = yield* Plans.schema(module, command)
  const values = SchemaKeys.valuesAt(schema.ast, key.split("."))
  return values.map((value) => `${prefix}${value}`)
})

/** The number of runs that are offered, the newest. */
const offered = 50

const runs = Effect.fnUntraced(function* (line: Line) {
  const Registry = yield* Effect.promise(() => import("./runs/Registry.ts"))
  const found = yield* Registry.using(valueOf(line, "dir"), (registry) => registry.list({ limit: offered }))
  const described = found.map(({ id, kind, experiment, status, started }) => ({
    word: id,
    description: `${status} ${kind} ${experiment}, ${Text.minute(started)}`
  }))
  return [{ word: "last", description: "the newest run" }, ...described]
})

/** The parameters of the pipeline that the line names first, and their values. */
const parameters = Effect.fnUntraced(function* (line: Line) {
  const [file = "", ...before] = line.positionals
  const Module = yield* Effect.promise(() => import("./pipeline/Module.ts"))
  const Parameters = yield* Effect.promise(() => import("./pipeline/Parameters.ts"))
  const found = yield* Effect.scoped(Module.load(file, line.values.get("export")))
  return yield* Parameters.candidates(found, before, line.word)
})

/** Adds a slash to a folder, so that its content can be completed next. */
const withSlash = Effect.fnUntraced(function* (word: string) {
  const fs = yield* FileSystem.FileSystem
  const stat = yield* Effect.option(fs.stat(word.slice(word.lastIndexOf("=") + 1)))
  return Option.exists(stat, ({ type }) => type === "Directory") ? `${word}/` : word
})

/** Candidates for an argument whose values only its command knows. */
const argument = Effect.fnUntraced(function* (name: string, line: Line) {
  if (name === "run") return yield* runs(line)
  if (name === "key") {
    const keys = yield* fromConfig(line, [])
    return bare(keys.filter((key) => !key.endsWith("/")).map((key) => key.replace(/=.*$/, "")))
  }
  if (name === "parameter") return bare(yield* parameters(line))
  if (name !== "override") return []
  // Arguments before the overrides, such as the key of `config explain`, are not overrides.
  const found = yield* fromConfig(line, line.positionals.slice(line.command.arguments.length - 1))
  if (/=[./]/.test(line.word)) return bare(yield* Effect.forEach(found, withSlash))
  // If there is more than one candidate, it is a choice of a group, and its options are complete.
  const isOption = found.length > 1
  return bare([...new Set([...found, ...(isOption ? [] : yield* fromPlan(line))])])
})

/** zsh and fish show a description after each word; it must be one line without tabs. */
const shown = (shell: string, { word, description }: CommandLine.Candidate): string =>
  shell === "bash" || description === undefined ? word : `${word}\t${description.replaceAll(/\s+/g, " ")}`

/** Whether a candidate begins as typed. Names with control characters are left out: a terminal would obey them. */
const offers = ({ word }: CommandLine.Candidate, typed: string): boolean =>
  word.startsWith(typed) && Text.isVisible(word)

const answer = Effect.fnUntraced(function* (shell: string, line: Line) {
  const wanted = CommandLine.wanted(line)
  if (wanted._tag === "Files") return [Script.files]
  if (wanted._tag === "Folders") return [Script.folders]
  const candidates = wanted._tag === "Words" ? wanted.words : yield* argument(wanted.name, line)
  return candidates.filter((one) => offers(one, line.word)).map((one) => shown(shell, one))
})

/** Prints the candidates for the last word, a line each; none on an error, since a shell has no place to show one. */
export const complete = Effect.fn("complete")(function* (
  root: Completions.CommandDescriptor,
  [shell = "bash", ...words]: ReadonlyArray<string>
) {
  const typed = [...Arguments.normalise(words.slice(0, -1)), ...words.slice(-1)]
  const found = yield* Effect.option(answer(shell, CommandLine.read(root, typed)))
  const lines = Option.getOrElse(found, () => [])
  if (lines.length > 0) yield* StandardOutput.text(lines.join("\n"))
})
