/** The programs of `anneal config check` and `anneal config schema`, which read a whole folder of configs. */
import { dirname, join, relative, resolve, sep } from "node:path"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as EditorSchema from "../../../config/decode/EditorSchema.ts"
import * as Check from "../../../config/inspect/Check.ts"
import type { Finding } from "../../../config/inspect/Finding.ts"
import * as Inventory from "../../../config/inspect/Inventory.ts"
import * as Repository from "../../../config/source/Repository.ts"
import * as TaskModule from "../../../pipeline/module/TaskModule.ts"
import * as Plans from "../../../runs/Plans.ts"
import * as BuiltIn from "../../../tasks/builtIn/BuiltIn.ts"
import { CommandRefused } from "../../Failure.ts"
import * as Host from "../../Host.ts"
import * as ConfigFindings from "../../terminal/ConfigFindings.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
import * as Text from "../../terminal/Text.ts"
import * as TaskChoice from "../module/TaskChoice.ts"
import * as Composition from "./Composition.ts"

/** The folder that was named, or the configs of the working folder, or those of the usual task. */
const treeOf = Effect.fnUntraced(function* (folder: Option.Option<string>) {
  const fs = yield* FileSystem.FileSystem
  const tree = resolve(
    Option.getOrElse(
      folder,
      () => Host.localConfigs(process.cwd()) ?? join(Host.packagedConfigs, BuiltIn.usual)
    )
  )
  const isThere = yield* fs.exists(tree).pipe(Effect.orElseSucceed(() => false))
  if (isThere) return tree
  return yield* new CommandRefused({
    problem: `the config folder ${tree} does not exist.\nCheck the path; a relative one is relative to the working directory.`
  })
})

/** The configs and groups of the tree itself, without those of the package. */
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

/** Whether a finding is about the tree, and not about configs of the package that the tree does not use. */
const isAbout = (tree: string, groups: ReadonlyArray<string>) => (finding: Finding) => {
  const within = (file: string) => resolve(file).startsWith(`${tree}${sep}`)
  if (finding._tag === "FileDead") return within(finding.path)
  if (finding._tag === "KeyDead") return finding.place._tag === "File" && within(finding.place.file)
  return finding._tag !== "GroupUnreachable" || groups.includes(finding.group)
}

const commands = ["train", "test", "predict"] as const

/** The configs of every task are about what every run has, and nothing else. */
const everyTask = TaskModule.lazy({
  name: "every_task",
  plan: Schema.Struct({}),
  objective: { metric: "loss", mode: "min" },
  load: Effect.never
})

/** The task that a tree is about, and where else its configs come from: as a command finds them. */
const taskOf = Effect.fnUntraced(function* (tree: string) {
  if (tree === Host.commonConfigs) return { module: everyTask, reference: everyTask.name, path: [tree] }
  const name = commands.map((command) => TaskChoice.fromFile(tree, command)).find(Predicate.isNotUndefined)
  const builtIn = Object.keys(BuiltIn.modules).find((task) => join(Host.packagedConfigs, task) === tree)
  const { module, reference, configs } = yield* TaskChoice.load(name ?? builtIn ?? BuiltIn.usual)
  const behind = [configs, Host.commonConfigs].filter((folder) => folder !== undefined && folder !== tree)
  return { module, reference, path: [tree, ...behind.filter(Predicate.isNotUndefined)] }
})

const findingsIn = Effect.fnUntraced(function* (tree: string) {
  const { primaries, groups } = yield* ownOf(tree)
  const { module, path, reference } = yield* taskOf(tree)
  const [train, test, predict] = yield* Effect.all([
    Plans.schema(module, "train"),
    Plans.schema(module, "test"),
    Plans.schema(module, "predict")
  ])
  const findings = yield* Check.check({
    searchPath: path,
    primaries,
    additions: groups,
    schemas: { train, test, predict },
    resolvers: Composition.resolvers({ name: module.name, reference }),
    runtime: (yield* Composition.options("train", Composition.nothing)).runtime
  })
  return findings.filter(isAbout(tree, groups))
}, Composition.refused)

/** Composes every choice of the tree. Findings are a failure, so that CI can require that there are none. */
export const check = Effect.fn("config.check")(function* (folder: Option.Option<string>) {
  const tree = yield* treeOf(folder)
  const name = Text.path(tree, process.cwd())
  const { text, count } = ConfigFindings.report(yield* findingsIn(tree), process.cwd())
  if (count === 0) return yield* StandardOutput.text(`${name}: no findings`)
  return yield* new CommandRefused({ problem: `${name}: ${Text.count(count, "finding")}\n${text}` })
})

/** Schemas by name: of each command, and of each group of the tree that the train plan has a key for. */
const schemasOf = Effect.fnUntraced(function* (module: TaskModule.Any, groups: ReadonlyArray<string>) {
  const schemas = new Map<string, EditorSchema.JsonSchema>()
  const train = yield* Plans.schema(module, "train")
  for (const name of commands) {
    schemas.set(name, EditorSchema.primary(yield* Plans.schema(module, name), `anneal ${name}`))
  }
  for (const group of groups.toSorted()) {
    const schema = EditorSchema.option(train, group.replaceAll("/", "."), `anneal ${group}`)
    if (schema !== undefined) schemas.set(group, schema)
  }
  return schemas
})

const unwritten = (error: PlatformError) =>
  new CommandRefused({ problem: `the schemas cannot be written: ${error.message}` })

/** Writes a JSON Schema for every primary config and group, which editors find by the first line of a config. */
export const schema = Effect.fn("config.schema")(function* (
  folder: Option.Option<string>,
  out: Option.Option<string>
) {
  const fs = yield* FileSystem.FileSystem
  const tree = yield* treeOf(folder)
  const target = resolve(Option.getOrElse(out, () => join(tree, ".schema")))
  const { module, path } = yield* taskOf(tree)
  const groups = yield* Effect.forEach(path, ownOf).pipe(Composition.refused)
  const schemas = yield* schemasOf(module, [...new Set(groups.flatMap((own) => own.groups))])
  yield* Effect.gen(function* () {
    for (const [name, schema] of schemas) {
      const file = join(target, `${name}.json`)
      yield* fs.makeDirectory(dirname(file), { recursive: true })
      yield* fs.writeFileString(file, `${JSON.stringify(schema, null, 2)}\n`)
    }
  }).pipe(Effect.mapError(unwritten))
  const from = relative(tree, target).split(sep).join("/")
  yield* StandardOutput.note(
    `the schemas are in ${Text.path(target, process.cwd())}. Start a config with this line, and a YAML editor completes and checks it:\n` +
      `# yaml-language-server: $schema=${from}/train.json`
  )
})
