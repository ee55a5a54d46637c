/** The flags of a Hydra application. */

import { parseArgs } from "node:util"
import { Result, Schema } from "effect"
import { Info, Show } from "../subject.ts"

export interface Flags {
  readonly overrides: ReadonlyArray<string>
  readonly cfg: Show.Part | undefined
  readonly info: Info.Topic | undefined
  readonly package: string | undefined
  readonly resolve: boolean
  readonly multirun: boolean
  readonly help: boolean
  readonly version: boolean
  readonly configName: string | undefined
  readonly configPath: string | undefined
  readonly configDir: string | undefined
}

/** A flag is unknown, or its value is none that it takes. */
export class FlagsRefused extends Schema.TaggedError<FlagsRefused>()("FlagsRefused", {
  problem: Schema.String
}) {
  override get message() {
    return this.problem
  }
}

const options = {
  cfg: { type: "string", short: "c" },
  info: { type: "string", short: "i" },
  package: { type: "string", short: "p" },
  resolve: { type: "boolean" },
  run: { type: "boolean", short: "r" },
  multirun: { type: "boolean", short: "m" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
  "config-name": { type: "string" },
  "config-dir": { type: "string" },
  "config-path": { type: "string" }
} as const

/** Hydra's flags of two letters. */
const long: ReadonlyMap<string, string> = new Map([
  ["-cn", "--config-name"],
  ["-cd", "--config-dir"],
  ["-cp", "--config-path"]
])

const refuse = (cause: unknown) => new FlagsRefused({ problem: String(cause) })

const choice = <A>(
  schema: Schema.Decoder<A>,
  value: string | undefined
): Result.Result<A | undefined, FlagsRefused> =>
  value === undefined
    ? Result.succeed(undefined)
    : Result.mapError(Schema.decodeUnknownResult(schema)(value), refuse)

export const parse = (args: ReadonlyArray<string>): Result.Result<Flags, FlagsRefused> =>
  Result.gen(function* () {
    const { values, positionals } = yield* Result.try({
      try: () =>
        parseArgs({ args: args.map((arg) => long.get(arg) ?? arg), allowPositionals: true, options }),
      catch: refuse
    })
    return {
      overrides: positionals,
      cfg: yield* choice(Show.Part, values.cfg),
      info: yield* choice(Info.Topic, values.info),
      package: values.package,
      resolve: values.resolve ?? false,
      multirun: values.multirun ?? false,
      help: values.help ?? false,
      version: values.version ?? false,
      configName: values["config-name"],
      configPath: values["config-path"],
      configDir: values["config-dir"]
    }
  })
