/** What overrides and the `override` entries of configs decide about groups while a defaults tree is built. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { placeOf } from "../node/Source.ts"
import type { Override } from "../override/Override.ts"
import type { OverrideValue } from "../override/Value.ts"
import { isSweep } from "../override/Value.ts"
import { DefaultsInvalid, type FileUnreadable, OverrideRefused } from "../problem/ConfigError.ts"
import type { Repository } from "../source/Repository.ts"
import * as Default from "./Default.ts"

type Option = string | null | ReadonlyArray<string>

interface Change {
  readonly value: Option
  readonly decision: Exclude<Default.Decision, { readonly _tag: "Listed" }>
  used: boolean
}
interface Deletion {
  readonly name: string | undefined
  readonly override: Override
  used: boolean
}

export interface Choices {
  /** Options by override key; the command line comes first, then the configs in the order they are met. */
  readonly changes: Map<string, Change>
  readonly deletions: Map<string, Deletion>
  /** Groups that the command line adds. */
  readonly appended: ReadonlyArray<Default.Default>
  /** Overrides of values, which are applied once everything is composed. */
  readonly values: ReadonlyArray<Override>
  /** The option of every group that was met, by override key. */
  readonly known: Map<string, string | null>
  /** The override keys that a group was met under. */
  readonly keys: Map<string, Set<string>>
}

/** Sorts the overrides into choices of groups and values. Sweeps are skipped: they are expanded elsewhere. */
export const make = (
  repository: Repository,
  overrides: ReadonlyArray<Override>
): Effect.Effect<Choices, OverrideRefused | FileUnreadable> =>
  Effect.gen(function* () {
    const changes = new Map<string, Change>()
    const deletions = new Map<string, Deletion>()
    const appended: Array<Default.Default> = []
    const values: Array<Override> = []
    for (const override of overrides) {
      if (override.value !== undefined && isSweep(override.value)) continue
      const isGroup = override.value?._tag !== "Dict" && (yield* repository.hasGroup(override.key.keyOrGroup))
      if (isGroup) yield* Effect.fromResult(choose({ changes, deletions, appended }, override))
      else values.push(override)
    }
    return { changes, deletions, appended, values, known: new Map(), keys: new Map() }
  })

interface Chosen {
  readonly changes: Map<string, Change>
  readonly deletions: Map<string, Deletion>
  readonly appended: Array<Default.Default>
}

/** Records what an override decides about a group. */
const choose = (
  { changes, deletions, appended }: Chosen,
  override: Override
): Result.Result<void, OverrideRefused> => {
  const key = keyElement(override)
  switch (override.kind) {
    case "forceAdd":
      return Result.fail(
        OverrideRefused.of(
          override,
          "a group cannot be added with ++",
          `Use +${key}=OPTION, or ${key}=OPTION.`
        )
      )
    case "delete":
      return Result.map(deletedName(override), (name) => {
        deletions.set(key, { name, override, used: false })
      })
    case "add":
      return Result.map(optionOf(override), (value) => {
        appended.push(Default.appended(override, value))
      })
    case "change":
      return Result.map(optionOf(override), (value) => {
        changes.set(key, { value, decision: { _tag: "CommandLine", override }, used: false })
      })
  }
}

const keyElement = ({ key }: Override): string =>
  key.package === undefined ? key.keyOrGroup : `${key.keyOrGroup}@${key.package}`

const textOf = (value: OverrideValue | undefined): string | undefined =>
  value?._tag === "Text" || value?._tag === "Quoted" ? value.value : undefined

const deletedName = (override: Override): Result.Result<string | undefined, OverrideRefused> => {
  const name = textOf(override.value)
  if (name !== undefined || override.value === undefined || override.value._tag === "Null")
    return Result.succeed(name)
  return Result.fail(
    OverrideRefused.of(override, "the option to delete must be a name", `Use ~${keyElement(override)}.`)
  )
}

const optionOf = (override: Override): Result.Result<string | ReadonlyArray<string>, OverrideRefused> => {
  const name = textOf(override.value)
  if (name !== undefined) return Result.succeed(name)
  const items = override.value?._tag === "List" ? override.value.items.map(textOf) : [undefined]
  const names = items.filter((item) => item !== undefined)
  if (names.length === items.length) return Result.succeed(names)
  const group = keyElement(override)
  return Result.fail(
    OverrideRefused.of(
      override,
      `an option of the group "${group}" must be a name or a list of names`,
      `To remove the group, use ~${group}; to set a value, use the full key of that value.`
    )
  )
}

/** An `override` entry of a config decides a group unless it is decided already. */
export const decide = (choices: Choices, config: string, entry: Default.Default): void => {
  const key = Default.overrideKey(entry)
  if (choices.changes.has(key)) return
  const origin = entry.origin ?? ({ _tag: "Computed", by: config } as const)
  choices.changes.set(key, { value: entry.value, decision: { _tag: "Config", config, origin }, used: false })
}

/** Gives a group's entry the option that was decided for it. */
export const apply = (choices: Choices, entry: Default.Default): void => {
  const change = entry.kind === "group" ? choices.changes.get(Default.overrideKey(entry)) : undefined
  if (change === undefined) return
  entry.value = change.value
  entry.decision = change.decision
  change.used = true
}

/** Whether the command line deletes the entry; the deletion counts as used. */
export const deletes = (choices: Choices, entry: Default.Default): boolean => {
  const deletion = entry.kind === "group" ? choices.deletions.get(Default.overrideKey(entry)) : undefined
  if (deletion === undefined || (deletion.name !== undefined && deletion.name !== Default.nameOf(entry)))
    return false
  deletion.used = true
  return true
}

/** Remembers a group's option; a group that is met twice must have the same one. */
export const record = (choices: Choices, entry: Default.Default): Result.Result<void, DefaultsInvalid> => {
  if (entry.kind !== "group") return Result.succeed(undefined)
  const key = Default.overrideKey(entry)
  const name = Default.nameOf(entry)
  const before = choices.known.get(key)
  if (before !== undefined && before !== name) {
    return Result.fail(
      new DefaultsInvalid({
        config: undefined,
        place: entry.origin === undefined ? undefined : placeOf(entry.origin),
        problem: `the group "${key}" is given two options, "${before}" and "${name}"`,
        cure: `To change an option that another list sets, write \`override ${key}: ${name}\`, or ${key}=${name} on the command line.`
      })
    )
  }
  choices.known.set(key, name)
  const group = Default.groupPath(entry)
  choices.keys.set(group, (choices.keys.get(group) ?? new Set()).add(key))
  return Result.succeed(undefined)
}

/** The first choice or deletion that no defaults list had an entry for. */
export const unused = (choices: Choices): DefaultsInvalid | OverrideRefused | undefined => {
  for (const [key, change] of choices.changes) if (!change.used) return unusedChange(choices, key, change)
  for (const [key, deletion] of choices.deletions) {
    if (!deletion.used) {
      const what = deletion.name === undefined ? key : `${key}=${deletion.name}`
      return OverrideRefused.of(
        deletion.override,
        `the defaults list has no "${what}" to delete`,
        known(choices, key)
      )
    }
  }
  return undefined
}

const known = (choices: Choices, key: string): string => {
  const keys = [...(choices.keys.get(key.split("@")[0] ?? "") ?? [])].sort()
  if (keys.length === 0) return ""
  return keys.length === 1 ? `Did you mean ${keys[0]}?` : `Did you mean one of ${keys.join(", ")}?`
}

const unusedChange = (choices: Choices, key: string, change: Change): DefaultsInvalid | OverrideRefused => {
  const meant = known(choices, key)
  if (change.decision._tag === "Config") {
    return new DefaultsInvalid({
      config: change.decision.config,
      place: placeOf(change.decision.origin),
      problem: `the defaults list has no "${key}" to override`,
      cure: meant === "" ? "An entry can only be overridden by a list that comes after its own." : meant
    })
  }
  const add = `To add it, use +${change.decision.override.input}`
  return OverrideRefused.of(
    change.decision.override,
    `the defaults list has no "${key}"`,
    meant === "" ? add : `${meant}\n${add}`
  )
}
