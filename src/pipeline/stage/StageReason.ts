/** Why a stage runs: how its call differs from the most similar earlier run. */
import type * as Schema from "effect/Schema"
import type { StageCall, StageInput, StageRecord } from "./StageRecord.ts"

export type StageReason =
  | { readonly _tag: "NeverRun" }
  | {
      readonly _tag: "VersionChanged"
      readonly from: StageRecord["version"]
      readonly to: StageRecord["version"]
    }
  | {
      readonly _tag: "ParameterChanged"
      /** Dotted, e.g. `optimizer.rate`. */
      readonly parameter: string
      /** Undefined if there was none, or is none now. */
      readonly from: Schema.Json | undefined
      readonly to: Schema.Json | undefined
    }
  | {
      readonly _tag: "InputChanged"
      readonly input: string
      readonly from: StageInput | undefined
      readonly to: StageInput | undefined
    }
  /** The input is made by stages that have to run first. */
  | { readonly _tag: "InputPending"; readonly input: string; readonly stages: ReadonlyArray<string> }
  | { readonly _tag: "OutputMissing"; readonly problem: string }
  | { readonly _tag: "Unfinished"; readonly attempts: number }

interface Leaves {
  readonly [path: string]: Schema.Json
}

function* leafEntries(json: Schema.Json, path: string): Generator<readonly [string, Schema.Json]> {
  const parts = typeof json === "object" && json !== null ? Object.entries<Schema.Json>({ ...json }) : []
  if (parts.length === 0) yield [path, json]
  for (const [name, part] of parts) yield* leafEntries(part, path === "" ? name : `${path}.${name}`)
}

const leaves = (json: Schema.Json): Leaves => Object.fromEntries(leafEntries(json, ""))

const parameterReasons = (before: Schema.Json, now: Schema.Json): ReadonlyArray<StageReason> => {
  const [from, to] = [leaves(before), leaves(now)]
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((path) => JSON.stringify(from[path]) !== JSON.stringify(to[path]))
    .map((path) => ({ _tag: "ParameterChanged", parameter: path, from: from[path], to: to[path] }))
}

const inputReasons = (
  before: StageRecord["inputs"],
  now: StageRecord["inputs"],
  pending: ReadonlySet<string>
): ReadonlyArray<StageReason> =>
  [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((input) => !pending.has(input) && before[input]?.digest !== now[input]?.digest)
    .map((input) => ({ _tag: "InputChanged", input, from: before[input], to: now[input] }))

/** A call whose inputs may not all be known yet. */
export type Outlined = Omit<StageCall, "key">

const differences = (before: StageRecord, call: Outlined, pending: ReadonlySet<string>) => [
  ...(before.version === call.version
    ? []
    : [{ _tag: "VersionChanged", from: before.version, to: call.version } as const]),
  ...parameterReasons(before.parameters, call.parameters),
  ...inputReasons(before.inputs, call.inputs, pending)
]

/** The differences from the closest run in `history`, the newest of equal ones; inputs in `pending` are left out. */
export const differencesFrom = (
  history: ReadonlyArray<StageRecord>,
  call: Outlined,
  pending: ReadonlySet<string> = new Set()
): ReadonlyArray<StageReason> => {
  const all = history.map((before) => differences(before, call, pending))
  const [first, ...others] = all
  if (first === undefined) return [{ _tag: "NeverRun" }]
  return others.reduce((closest, other) => (other.length < closest.length ? other : closest), first)
}

const shown = (value: Schema.Json | undefined): string =>
  value === undefined ? "nothing" : JSON.stringify(value)

const shownInput = (input: StageInput | undefined): string => {
  if (input === undefined) return "nothing"
  const [artifact] = input.artifacts
  if (artifact !== undefined) return `${artifact.name} (${artifact.files} files, ${artifact.bytes} bytes)`
  return input.value === null ? input.digest.slice(0, 17) : shown(input.value)
}

const changedInput = (reason: Extract<StageReason, { _tag: "InputChanged" }>): string => {
  const [from, to] = [shownInput(reason.from), shownInput(reason.to)]
  return from === to ? `input ${reason.input} changed` : `input ${reason.input} changed: ${from} → ${to}`
}

const times = (count: number): string => (count === 1 ? "once" : `${count} times`)

const changeText = (
  reason: Extract<StageReason, { _tag: "VersionChanged" | "ParameterChanged" | "InputChanged" }>
): string => {
  switch (reason._tag) {
    case "VersionChanged":
      return `version changed: ${reason.from} → ${reason.to}`
    case "ParameterChanged":
      return `parameter ${reason.parameter} changed: ${shown(reason.from)} → ${shown(reason.to)}`
    case "InputChanged":
      return changedInput(reason)
  }
}

/** The reason as part of a sentence, such as `parameter epochs changed: 2 → 3`. */
export const text = (reason: StageReason): string => {
  switch (reason._tag) {
    case "NeverRun":
      return "never run"
    case "InputPending":
      return `input ${reason.input} waits for ${reason.stages.join(", ")}`
    case "OutputMissing":
      return reason.problem
    case "Unfinished":
      return `begun ${times(reason.attempts)} and not finished: goes on`
    default:
      return changeText(reason)
  }
}
