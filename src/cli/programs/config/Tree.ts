/** The programs of `anneal config check` and `anneal config schema`: a whole tree of configs at once. */
import { dirname, join, relative, resolve, sep } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as EditorSchema from "../../../config/decode/EditorSchema.ts"
import * as Check from "../../../config/inspect/Check.ts"
import type { Finding } from "../../../config/inspect/Finding.ts"
import * as Inventory from "../../../config/inspect/Inventory.ts"
import * as Repository from "../../../config/source/Repository.ts"
import * as Plans from "../../../runs/Plans.ts"
import { CommandRefused } from "../../Failure.ts"
import * as Host from "../../Host.ts"
import * as ConfigFindings from "../../terminal/ConfigFindings.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
import * as Text from "../../terminal/Text.ts"
import * as Composition from "./Composition.ts"

const treeOf = (folder: Option.Option<string>): string =>
  resolve(Option.getOrElse(folder, () => Host.localConfigs(process.cwd()) ?? Host.packagedConfigs))

/** The configs and the groups of a tree itself, without those of the package behind it. */
const ownOf = Effect.fnUntraced(function* (tree: string) {
  const inventory = yield* Inventory.read(
    yield* Repository.make([{ provider: "main", path: tree }], { cwd: process.cwd() })
  )
  const { configs, groups, named } = inventory
  return {
    primaries: [...configs.keys()].filter((name) => !name.includes("/") && !named.has(name)),
    groups: [...groups.keys()]
  }
})

/** Whether a finding is about the tree, rather than about configs of the package that the tree does not use. */
const isAbout = (tree: string, groups: ReadonlyArray<string>) => (finding: Finding) => {
  const within = (file: string) => resolve(file).startsWith(`${tree}${sep}`)
  if (finding._tag === "FileDead") return within(finding.path)
  if (finding._tag === "KeyDead") return finding.place._tag === "File" && within(finding.place.file)
  return finding._tag !== "GroupUnreachable" || groups.includes(finding.group)
}

const findingsIn = Effect.fnUntraced(function* (tree: string) {
  const { primaries, groups } = yield* ownOf(tree)
  const findings = yield* Check.check({
    // As a command composes it: what the tree lacks comes from the package.
    searchPath: tree === Host.packagedConfigs ? [tree] : [tree, Host.packagedConfigs],
    primaries,
    additions: groups,
    schemas: Plans.schemas,
    runtime: (yield* Composition.options("train", Composition.nothing)).runtime
  })
  return findings.filter(isAbout(tree, groups))
}, Composition.refused)

/** Composes every choice of the tree; findings are a failure, so that CI can ask for none. */
export const check = Effect.fn("config.check")(function* (folder: Option.Option<string>) {
  const tree = treeOf(folder)
  const name = Text.path(tree, process.cwd())
  const { text, count } = ConfigFindings.report(yield* findingsIn(tree), process.cwd())
  if (count === 0) return yield* StandardOutput.text(`${name}: nothing to say`)
  return yield* new CommandRefused({ problem: `${name}: ${Text.count(count, "finding")}\n${text}` })
})

/** Schemas by name: of each command, and of each group of the tree that the train plan has a key for. */
const schemasOf = (groups: ReadonlyArray<string>): ReadonlyMap<string, EditorSchema.JsonSchema> => {
  const schemas = new Map<string, EditorSchema.JsonSchema>()
  for (const [name, plan] of Object.entries(Plans.schemas))
    schemas.set(name, EditorSchema.primary(plan, `anneal ${name}`))
  for (const group of groups.toSorted()) {
    const schema = EditorSchema.option(Plans.TrainPlan, group.replaceAll("/", "."), `anneal ${group}`)
    if (schema !== undefined) schemas.set(group, schema)
  }
  return schemas
}

const cannot = (error: PlatformError) =>
  new CommandRefused({ problem: `the schemas cannot be written: ${error.message}` })

/** Writes a JSON Schema for every primary config and group, for editors: see the first line of our own configs. */
export const schema = Effect.fn("config.schema")(function* (
  folder: Option.Option<string>,
  out: Option.Option<string>
) {
  const fs = yield* FileSystem.FileSystem
  const tree = treeOf(folder)
  const target = resolve(Option.getOrElse(out, () => join(tree, ".schema")))
  const { groups } = yield* ownOf(tree).pipe(Composition.refused)
  yield* Effect.gen(function* () {
    for (const [name, schema] of schemasOf(groups)) {
      const file = join(target, `${name}.json`)
      yield* fs.makeDirectory(dirname(file), { recursive: true })
      yield* fs.writeFileString(file, `${JSON.stringify(schema, null, 2)}\n`)
    }
  }).pipe(Effect.mapError(cannot))
  const from = relative(tree, target).split(sep).join("/")
  yield* StandardOutput.note(
    `${Text.path(target, process.cwd())}: put this line first in a config, and any YAML editor completes and checks it:\n` +
      `# yaml-language-server: $schema=${from}/train.json`
  )
})
