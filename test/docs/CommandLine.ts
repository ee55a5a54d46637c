/**
 * Looks a command up without running it: what npm would start exists; subcommands, flags, choices and the number of
 * arguments are those of the real command tree; what a run is configured with composes and decodes.
 */
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import * as Cause from "effect/Cause"
import { Completions } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { TestConsole } from "effect/testing"
import * as App from "../../src/cli/App.ts"
import * as Arguments from "../../src/cli/Arguments.ts"
import * as Platform from "../../src/cli/Platform.ts"
import * as Manifest from "../../src/cli/programs/init/Manifest.ts"
import { root } from "./Pages.ts"
import * as Words from "./Words.ts"

/** A `line` of a block is all there; a `mention` in the text may name a command without its arguments. */
export type Kind = "line" | "mention"
type Line = ReadonlyArray<string>
type Descriptor = Completions.CommandDescriptor
type Flag = Descriptor["flags"][number]
/** Sentences that say what is wrong. */
type Problems = ReadonlyArray<string>

/** What stands for something that the reader puts there: `…`, `<run>`, `[dir]`, `a|b`. */
const placeholder = /[…<>[\]|]|\.\.\./

/**
 * What is wrong with a command; `undefined` if it is none of those that are looked up. `shown` are the files that its
 * page shows.
 */
export const problems = (
  words: Line,
  kind: Kind,
  shown: ReadonlyArray<string> = []
): Promise<Problems> | undefined => {
  const [program = "", first = "", ...others] = words
  if (kind === "mention" && placeholder.test(first)) return Promise.resolve([])
  if (/^[A-Z_]+=/.test(program)) return problems(words.slice(1), kind, shown)
  if (program === "npx") return problems(words.slice(1), kind, shown) ?? Promise.resolve(tool(first))
  if (program === "anneal") return Effect.runPromise(anneal(words.slice(1), kind))
  if (program === "npm") return npm(first, others, kind)
  if (program === "node" || program === "bash") return Promise.resolve(file(words.slice(1), shown))
  return undefined
}

const tool = (name: string): Problems =>
  existsSync(path.join(root, "node_modules/.bin", name)) ? [] : [`npx finds no ${name}`]

const file = (words: Line, shown: ReadonlyArray<string>): Problems => {
  if (words[0] === "-e") return []
  const name = words.find((word) => !word.startsWith("-")) ?? ""
  const isThere = existsSync(path.join(root, name)) || shown.some((one) => `/${one}`.endsWith(`/${name}`))
  return placeholder.test(name) || isThere ? [] : [`there is no ${name}`]
}

/** Scripts of a project that `anneal init` writes: a page that is read in one mentions them. */
const ofProject = (name: string): boolean =>
  name in JSON.parse(Manifest.text({ folder: root, anneal: "0.0.0", scripts: {} })).scripts

const scriptsOf = (folder: string) =>
  new Map<string, string>(
    Object.entries(JSON.parse(readFileSync(path.join(root, folder, "package.json"), "utf8")).scripts)
  )

/** A script is looked up, and every command that it is made of. */
const npm = async (name: string, others: Line, kind: Kind): Promise<Problems> => {
  if (/^(ci|install|pack)$/.test(name)) return []
  const [script = "", ...rest] = name === "run" ? others : [name, ...others]
  const prefix = rest.indexOf("--prefix")
  const command = scriptsOf(prefix === -1 ? "." : (rest[prefix + 1] ?? "")).get(script)
  if (command === undefined)
    return kind === "mention" && ofProject(script) ? [] : [`package.json has no script "${script}"`]
  // Scripts of another folder use what is installed there.
  if (prefix !== -1) return []
  const given = rest.filter((word) => word !== "--")
  const found = await Promise.all(
    Words.commands(command).map(({ words }) => called([...words, ...given], kind))
  )
  return found.flat()
}

const called = (words: Line, kind: Kind): Promise<Problems> =>
  words[1] === "bin/anneal.mjs"
    ? Effect.runPromise(anneal(words.slice(2), kind))
    : (problems(words, kind) ?? Promise.resolve(tool(words[0] ?? "")))

const anneal = (args: Line, kind: Kind): Effect.Effect<Problems> => {
  const wrong = lookUp(Completions.fromCommand(App.root), Arguments.normalise(args), kind)
  // A command that is mentioned by its name alone is not one that somebody would type so.
  const configured = /^(train|test|predict)$/.test(args[0] ?? "") && (kind === "line" || args.length > 1)
  // What somebody else's folder of configs says is not known here, nor what a task of theirs has.
  const known = !args.some(
    (word) => placeholder.test(word) || /^(-c[ndp]|--config-(name|dir|path))$|^task=[./]/.test(word)
  )
  return wrong.length === 0 && configured && known ? compose(args) : Effect.succeed(wrong)
}

export const composed = (args: Line): Promise<Problems> => Effect.runPromise(compose(args))

/** What the program says when it shows the configuration of a run instead of running. */
const compose = (args: Line): Effect.Effect<Problems> =>
  App.run(args.some((word) => /^(--cfg|-c|--info|-i)$/.test(word)) ? args : [...args, "--cfg", "plan"]).pipe(
    Effect.exit,
    Effect.map((exit) => (Exit.isSuccess(exit) ? [] : [String(Cause.squash(exit.cause))])),
    Effect.provide(Layer.merge(Platform.layer, TestConsole.layer), { local: true }),
    Effect.scoped
  )

const lookUp = (command: Descriptor, words: Line, kind: Kind): Problems => {
  const [first = "", ...rest] = words
  if (words.length === 0 && kind === "mention") return []
  if (command.subcommands.length > 0 && !first.startsWith("-")) {
    if (placeholder.test(first) && !first.includes("|")) return []
    return first.split(/\\?\|/).flatMap((name) => {
      const found = command.subcommands.find((one) => one.name === name)
      return found === undefined
        ? [`"${command.name}" has no subcommand "${name}"`]
        : lookUp(found, rest, kind)
    })
  }
  return argumentsOf(command, words, kind)
}

/** Flags that every command has. */
const everywhere = new Set(["--help", "-h", "--version", "-v", "--completions", "--log-level", "--wizard"])

const argumentsOf = (command: Descriptor, words: Line, kind: Kind): Problems => {
  const wrong: Array<string> = []
  let count = 0
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ""
    if (!word.startsWith("-")) count += 1
    else if (everywhere.has(word.split("=")[0] ?? "")) return wrong
    else {
      const [name = "", given] = word.split("=")
      const flag = command.flags.find((one) => names(one).includes(name))
      if (flag === undefined) wrong.push(`"${command.name}" has no flag ${name}`)
      else if (flag.type._tag !== "Boolean") {
        wrong.push(...valueProblems(flag, given ?? words[at + 1]))
        if (given === undefined) at += 1
      }
    }
  }
  const most = command.arguments.some(({ variadic }) => variadic)
    ? Number.POSITIVE_INFINITY
    : command.arguments.length
  const least = command.arguments.filter(({ required, variadic }) => required && !variadic).length
  if (count > most) wrong.push(`"${command.name}" takes at most ${most} arguments, not ${count}`)
  if (count < least && kind === "line") wrong.push(`"${command.name}" takes at least ${least} arguments`)
  return wrong
}

const names = ({ name, aliases }: Flag) =>
  [name, ...aliases].map((one) => (one.length === 1 ? `-${one}` : `--${one.replace(/^-+/, "")}`))

const valueProblems = ({ name, type }: Flag, value: string | undefined): Problems => {
  if (value === undefined) return [`--${name} needs a value`]
  if (type._tag !== "Choice" || placeholder.test(value) || type.values.includes(value)) return []
  return [`--${name} is one of ${type.values.join(", ")}, not ${value}`]
}
