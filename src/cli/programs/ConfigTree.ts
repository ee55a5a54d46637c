/** The programs of `anneal config check` and `anneal config schema`: a whole tree of configs at once. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Check from "../../config/Check.ts"
import * as EditorSchema from "../../config/EditorSchema.ts"
import { TrainPlan } from "../../runs/Plans.ts"
import { ConfigurationRefused } from "../Failure.ts"
import * as Host from "../Host.ts"
import { plans } from "./CommandPlans.ts"
import * as Composition from "./Composition.ts"

const treeOf = (folder: Option.Option<string>): string =>
  Option.getOrElse(folder, () => Host.localConfigs(process.cwd()) ?? Host.packagedConfigs)

/** Composes every choice of the tree; findings are a failure, so that CI can ask for none. */
export const check = Effect.fn("config.check")(function* (folder: Option.Option<string>) {
  const tree = treeOf(folder)
  const findings = yield* Check.check({
    searchPath: [tree],
    schemas: plans,
    runtime: (yield* Composition.options("train", Composition.nothing)).runtime
  }).pipe(Composition.refused)
  if (findings.length === 0) return yield* Console.log(`${tree}: nothing to say`)
  const lines = findings.map(({ message }) => `  ${message}`)
  return yield* new ConfigurationRefused({
    problem: `${tree}: ${findings.length} findings\n${lines.join("\n")}`
  })
})

/** Groups of the plan whose options get a schema: each folder of the tree that the train plan has a key for. */
const schemasOf = (groups: ReadonlyArray<string>) => {
  const primaries = Object.entries(plans).map(([name, plan]) => [
    name,
    EditorSchema.primary(plan, `anneal ${name}`)
  ])
  const options = groups.map((group) => [group, EditorSchema.option(TrainPlan, group, `anneal ${group}`)])
  return [...primaries, ...options].filter(([, schema]) => schema !== undefined)
}

const cannot = (error: PlatformError) =>
  new ConfigurationRefused({ problem: `the schemas cannot be written: ${error.message}` })

/** Writes a JSON Schema for every primary config and group, for editors: see the first line of our own configs. */
export const schema = Effect.fn("config.schema")(function* (
  folder: Option.Option<string>,
  out: Option.Option<string>
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const tree = treeOf(folder)
  const target = Option.getOrElse(out, () => path.join(tree, ".schema"))
  yield* Effect.gen(function* () {
    const names = yield* fs.readDirectory(tree)
    const groups = names.filter((name) => !name.startsWith(".") && !name.includes(".")).toSorted()
    yield* fs.makeDirectory(target, { recursive: true })
    for (const [name, content] of schemasOf(groups)) {
      yield* fs.writeFileString(
        path.join(target, `${String(name)}.json`),
        `${JSON.stringify(content, null, 2)}\n`
      )
    }
  }).pipe(Effect.mapError(cannot))
  yield* Console.error(
    `${target}: put this line first in a config, and any YAML editor completes and checks it:\n` +
      "# yaml-language-server: $schema=.schema/train.json"
  )
})
