import { assert, describe, it } from "@effect/vitest"
import { Argument, Command, Completions, Flag } from "effect/cli"
import * as CommandLine from "../../../src/cli/completion/CommandLine.ts"

const root = Completions.fromCommand(
  Command.make("app").pipe(
    Command.withSubcommands([
      Command.make("train", {
        mode: Flag.Literals("mode", ["fast", "slow"]).pipe(Flag.withAlias("m"), Flag.optional),
        out: Flag.Directory("out").pipe(Flag.optional),
        table: Flag.File("table").pipe(Flag.optional),
        loud: Flag.Boolean("loud").pipe(Flag.withDefault(false)),
        override: Argument.String("override").pipe(Argument.variadic())
      }).pipe(Command.withDescription("Train")),
      Command.make("runs").pipe(
        Command.withSubcommands([
          Command.make("show", { run: Argument.String("run"), part: Argument.Literals("part", ["a", "b"]) })
        ])
      )
    ])
  )
)

const wanted = (...words: ReadonlyArray<string>) => CommandLine.wanted(CommandLine.read(root, words))
const words = (...typed: ReadonlyArray<string>) => {
  const found = wanted(...typed)
  return found._tag === "Words" ? found.words.map(({ word }) => word) : found._tag
}

describe("CommandLine", () => {
  it("offers commands with what they do, and subcommands", () => {
    assert.deepStrictEqual(wanted(""), {
      _tag: "Words",
      words: [
        { word: "train", description: "Train" },
        { word: "runs", description: undefined }
      ]
    })
    assert.deepStrictEqual(words("runs", ""), ["show"])
    assert.deepStrictEqual(words(), ["train", "runs"])
  })

  it("offers the flags that are not there yet", () => {
    assert.deepStrictEqual(words("train", "--mode", "fast", "x=1", "-"), [
      "--out",
      "--table",
      "--loud",
      "--help"
    ])
    assert.deepStrictEqual(words("train", "-m", "fast", "--lou"), ["--out", "--table", "--loud", "--help"])
    assert.deepStrictEqual(words("-"), ["--help", "--version"])
  })

  it("offers the values of a flag, after a space and after =", () => {
    assert.deepStrictEqual(words("train", "--mode", ""), ["fast", "slow"])
    assert.deepStrictEqual(words("train", "--mode=sl"), ["--mode=fast", "--mode=slow"])
    assert.strictEqual(words("train", "--out", "x"), "Folders")
    assert.strictEqual(words("train", "--table", ""), "Files")
    assert.deepStrictEqual(words("train", "--unknown=x"), [])
  })

  it("leaves arguments to their command, however often they repeat", () => {
    const argument = (name: string): CommandLine.Wanted => ({ _tag: "Argument", name })
    assert.deepStrictEqual(wanted("train", "tr"), argument("override"))
    assert.deepStrictEqual(wanted("train", "a=1", "--loud", "b=2", ""), argument("override"))
    assert.deepStrictEqual(wanted("runs", "show", ""), argument("run"))
    assert.deepStrictEqual(words("runs", "show", "last", ""), ["a", "b"])
    assert.deepStrictEqual(words("runs", "show", "last", "a", ""), [])
  })

  it("does not take an argument for a command", () => {
    const line = CommandLine.read(root, ["train", "runs", "show", ""])
    assert.deepStrictEqual(line.path, ["train"])
    assert.deepStrictEqual(line.positionals, ["runs", "show"])
  })
})
