/**
 * npm run vectors -- <cases.json> <configs folder> [--section name] [--differences n]
 *
 * Runs a file of Hydra conformance vectors and prints pass and fail for each section with the first differences.
 * Exits 0 only when every case passes, 1 otherwise, 2 when the command line or the file is unusable.
 */
import { parseArgs } from "node:util"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, FileSystem, Path, Runtime, Schema } from "effect"
import * as Runner from "./Runner.ts"
import { sections } from "./sections.ts"

const usage = "usage: npm run vectors -- <cases.json> <configs folder> [--section name] [--differences n]"

class Unusable extends Schema.TaggedError<Unusable>()("Unusable", { problem: Schema.String }) {
  override readonly [Runtime.errorExitCode] = 2
  override get message() {
    return `${this.problem}\n${usage}`
  }
}

class Incomplete extends Schema.TaggedError<Incomplete>()("Incomplete", {}) {
  override readonly [Runtime.errorExitCode] = 1
  override get message() {
    return "not every case passes"
  }
}

const options = {
  section: { type: "string", multiple: true },
  differences: { type: "string", default: "5" }
} as const

const program = Effect.gen(function* () {
  const { values, positionals } = yield* Effect.try({
    try: () => parseArgs({ allowPositionals: true, options }),
    catch: (cause) => new Unusable({ problem: String(cause) })
  })
  const [cases, configs] = positionals
  const differences = Number(values.differences)
  if (cases === undefined || configs === undefined || !Number.isInteger(differences)) {
    return yield* new Unusable({ problem: "two paths are needed, and --differences takes a whole number" })
  }
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const json = yield* files.readFileString(cases)
  const reports = yield* Runner.run(json, path.resolve(configs), sections, values.section)
  yield* Console.log(Runner.format(reports, differences))
  return Runner.isComplete(reports) ? undefined : yield* new Incomplete()
}).pipe(
  Effect.catchTag(["PlatformError", "SchemaError"], (error) =>
    Effect.fail(new Unusable({ problem: error.message }))
  ),
  Effect.tapError((error) => Console.error(error.message))
)

NodeRuntime.runMain(program.pipe(Effect.provide(NodeServices.layer)), { disableErrorReporting: true })
