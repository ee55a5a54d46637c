/** What may follow on a command line, according to the command tree. Pure: it reads no files. */
import type { Completions } from "effect/cli"

type CommandDescriptor = Completions.CommandDescriptor
type FlagDescriptor = Completions.FlagDescriptor

export interface Candidate {
  readonly word: string
  readonly description: string | undefined
}

/** What the last word of a command line may be. */
export type Wanted =
  | { readonly _tag: "Words"; readonly words: ReadonlyArray<Candidate> }
  | { readonly _tag: "Files" }
  | { readonly _tag: "Folders" }
  /** An argument whose values only its command knows. */
  | { readonly _tag: "Argument"; readonly name: string }

/** A command line as typed so far. */
export interface Line {
  /** Names of the command and its subcommand. */
  readonly path: ReadonlyArray<string>
  readonly command: CommandDescriptor
  /** Values of the flags before the last word, by long name. */
  readonly values: ReadonlyMap<string, string>
  /** Long names of all flags before the last word. */
  readonly used: ReadonlySet<string>
  readonly positionals: ReadonlyArray<string>
  /** The flag that the last word is the value of. */
  readonly pending: FlagDescriptor | undefined
  /** The last word; empty after a space. */
  readonly word: string
}

const takesValue = ({ type, optionalValue }: FlagDescriptor): boolean =>
  type._tag !== "Boolean" && optionalValue !== true

const findFlag = (command: CommandDescriptor, name: string): FlagDescriptor | undefined =>
  command.flags.find((flag) =>
    name.startsWith("--") ? flag.name === name.slice(2) : flag.aliases.includes(name.slice(1))
  )

interface Reading {
  path: ReadonlyArray<string>
  command: CommandDescriptor
  readonly values: Map<string, string>
  readonly used: Set<string>
  readonly positionals: Array<string>
  pending: FlagDescriptor | undefined
}

const readFlag = (reading: Reading, word: string): void => {
  const equal = word.indexOf("=")
  const flag = findFlag(reading.command, equal < 0 ? word : word.slice(0, equal))
  if (flag === undefined) return
  reading.used.add(flag.name)
  if (equal >= 0) reading.values.set(flag.name, word.slice(equal + 1))
  else if (takesValue(flag)) reading.pending = flag
}

const readWord = (reading: Reading, word: string): void => {
  if (reading.pending !== undefined) {
    reading.values.set(reading.pending.name, word)
    reading.pending = undefined
    return
  }
  if (word.startsWith("-") && word !== "-") return readFlag(reading, word)
  const subcommand = reading.command.subcommands.find(({ name }) => name === word)
  if (subcommand === undefined || reading.positionals.length > 0) reading.positionals.push(word)
  else {
    reading.command = subcommand
    reading.path = [...reading.path, word]
  }
}

/** Reads the words after the program's name; the last one is being typed. */
export const read = (root: CommandDescriptor, words: ReadonlyArray<string>): Line => {
  const reading: Reading = {
    path: [],
    command: root,
    values: new Map(),
    used: new Set(),
    positionals: [],
    pending: undefined
  }
  for (const word of words.slice(0, -1)) readWord(reading, word)
  return { ...reading, word: words.at(-1) ?? "" }
}

type ValueType = FlagDescriptor["type"] | CommandDescriptor["arguments"][number]["type"]

const ofType = (type: ValueType, prefix: string): Wanted | undefined => {
  if (type._tag === "Path") return { _tag: type.pathType === "directory" ? "Folders" : "Files" }
  if (type._tag !== "Choice") return undefined
  const words = type.values.map((value) => ({ word: prefix + value, description: undefined }))
  return { _tag: "Words", words }
}

const nothing: Wanted = { _tag: "Words", words: [] }

const help: Candidate = { word: "--help", description: "Show help information" }

const flagsOf = ({ command, path, used }: Line): ReadonlyArray<Candidate> => [
  ...command.flags
    .filter(({ name }) => !used.has(name))
    .map(({ name, description }) => ({ word: `--${name}`, description })),
  help,
  ...(path.length === 0 ? [{ word: "--version", description: "Show version information" }] : [])
]

const flagWord = (line: Line): Wanted => {
  const equal = line.word.indexOf("=")
  if (equal < 0) return { _tag: "Words", words: flagsOf(line) }
  const flag = findFlag(line.command, line.word.slice(0, equal))
  return (flag === undefined ? undefined : ofType(flag.type, line.word.slice(0, equal + 1))) ?? nothing
}

const argument = ({ command, positionals }: Line): Wanted => {
  const last = command.arguments.at(-1)
  const wanted = command.arguments[positionals.length] ?? (last?.variadic === true ? last : undefined)
  if (wanted === undefined) return nothing
  return ofType(wanted.type, "") ?? { _tag: "Argument", name: wanted.name }
}

/** What the last word may be. */
export const wanted = (line: Line): Wanted => {
  const { command, pending, positionals, word } = line
  if (pending !== undefined) return ofType(pending.type, "") ?? { _tag: "Argument", name: pending.name }
  if (word.startsWith("-")) return flagWord(line)
  if (command.subcommands.length === 0 || positionals.length > 0) return argument(line)
  const words = command.subcommands.map(({ name, description }) => ({ word: name, description }))
  return { _tag: "Words", words }
}
