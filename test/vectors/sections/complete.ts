/** `complete`: a command line as far as it is typed to the words that may follow. */
import { Effect, FileSystem, Path, Result, Schema } from "effect"
import * as Judge from "../Judge.ts"
import { Completion } from "../subject.ts"
import { type Context, commonFields, type Section } from "../Vector.ts"
import { now } from "./interp.ts"

const Words = Schema.Struct({ ok: Schema.Array(Schema.String) })

const Case = Schema.Struct({
  ...commonFields,
  expect: Schema.optionalKey(Words),
  expect13: Schema.optionalKey(Words),
  dir: Schema.String,
  config_name: Schema.NullOr(Schema.String),
  line: Schema.String
})

/** The cases were recorded in a folder with more in it: a file that this copy lacks cannot be offered. */
const isThere = Effect.fnUntraced(function* (word: string, configs: string) {
  const name = word.slice(word.indexOf("=") + 1)
  if (!name.startsWith("./")) return true
  const path = yield* Path.Path
  const fs = yield* FileSystem.FileSystem
  return yield* Effect.orElseSucceed(fs.exists(path.resolve(configs, name)), () => false)
})

const options = (
  dir: string,
  name: string | null,
  { configs, env }: Context
): Completion.CompletionOptions => ({
  searchPath: [`${configs}/${dir}`],
  configName: name ?? undefined,
  packageFolders: [configs],
  runtime: { cwd: configs, now, env: Object.fromEntries(env), jobName: "app" }
})

/** Flags whose value is the next word. */
const flagsWithValue: ReadonlySet<string> = new Set(
  "--cfg -c --package -p --info -i --config-path -cp --config-name -cn --config-dir -cd".split(" ")
)

/** A command line without the command, taken apart as Hydra does. */
export const readLine = (line: string): Completion.Line => {
  const words = line.split(/\s+/).filter((word) => word !== "")
  const overrides = words.filter(
    (word, index) => !word.startsWith("-") && !flagsWithValue.has(words[index - 1] ?? "")
  )
  const multirun = words.includes("--multirun") || words.includes("-m")
  const isFresh = line === "" || line.endsWith(" ") || overrides.length === 0
  return {
    multirun,
    before: isFresh ? overrides : overrides.slice(0, -1),
    word: isFresh ? "" : (overrides.at(-1) ?? "")
  }
}

export const section: Section<FileSystem.FileSystem | Path.Path> = {
  name: "complete",
  run: Effect.fn("vectors.complete")(function* (vector, context) {
    const { expect, expect13, dir, config_name, line } = yield* Schema.decodeUnknownEffect(Case)(vector)
    const wanted = expect13?.ok ?? expect?.ok ?? []
    const ok = yield* Effect.filter(wanted, (word) => isThere(word, context.configs))
    const actual = yield* Completion.candidates(readLine(line), options(dir, config_name, context))
    return Judge.outcome({ ok }, Result.succeed(actual))
  })
}
