/** Finds overrides that change nothing. */

import * as KeyPath from "../node/KeyPath.ts"
import { childrenOf, type Node } from "../node/Node.ts"
import type { Override } from "../override/Override.ts"
import { isSweep } from "../override/Value.ts"
import { OverrideWithoutEffect, type Warning } from "../problem/Warning.ts"
import type { Composition } from "./Compose.ts"
import * as KeyOutcome from "./KeyOutcome.ts"

/** A warning for every override whose value is not in the result, and for every choice that a later one replaces. */
export const of = (composition: Composition): ReadonlyArray<Warning> => {
  const { overrides, defaults, root } = composition
  if (overrides.length === 0) return []
  const values = new Set(defaults.choices.values)
  const standing = new Set<number>()
  standingIn(root, standing)
  const decided = decidedBy(composition)
  return overrides.flatMap((override) => {
    if (override.value !== undefined && isSweep(override.value)) return []
    const reason = values.has(override)
      ? valueReason(composition, override, standing)
      : choiceReason(composition, override, decided)
    return reason === undefined
      ? []
      : [new OverrideWithoutEffect({ override: override.input, index: override.index, reason })]
  })
}

/** Collects the overrides whose values are in the tree. */
const standingIn = (node: Node, found: Set<number>): void => {
  if (node.origin._tag === "Override") found.add(node.origin.index)
  for (const child of childrenOf(node)) standingIn(child, found)
}

const valueReason = (
  composition: Composition,
  override: Override,
  standing: ReadonlySet<number>
): string | undefined => {
  if (override.kind === "delete") return undefined
  if (standing.has(override.index)) return emptyMerge(composition, override)
  const later = laterOn(composition.overrides, override)
  return later === undefined
    ? "the value that it sets is no longer in the configuration"
    : `override "${later.input}" comes later and ${later.kind === "delete" ? "deletes" : "overwrites"} it`
}

/** The first later override of the same key, or of a key that contains it. */
const laterOn = (overrides: ReadonlyArray<Override>, { index, key }: Override): Override | undefined =>
  overrides.find(
    (other) =>
      other.index > index &&
      (other.key.keyOrGroup === key.keyOrGroup || key.keyOrGroup.startsWith(`${other.key.keyOrGroup}.`))
  )

/** `callbacks={}` merges nothing into a mapping, which stays as it was. */
const emptyMerge = ({ root }: Composition, override: Override): string | undefined => {
  if (override.value?._tag !== "Dict" || override.value.entries.length > 0) return undefined
  const key = override.key.keyOrGroup
  const node = KeyPath.find(root, key)
  if (node === undefined || !isAsBefore(node)) return undefined
  return `an empty mapping adds nothing to "${key}"; to remove it, use ~${key}`
}

const isAsBefore = (node: Node): boolean =>
  node.prior?._tag === "Map" && node.prior.entries.size > 0 && KeyOutcome.isSame(node, node.prior)

/** The overrides that decided a group's option somewhere in the defaults tree. */
const decidedBy = ({ defaults }: Composition): ReadonlySet<number> => {
  const found = new Set<number>()
  const visit = ({ entry, children }: Composition["defaults"]["tree"]): void => {
    if (entry.decision._tag === "CommandLine") found.add(entry.decision.override.index)
    for (const child of children ?? []) visit(child)
  }
  visit(defaults.tree)
  return found
}

const choiceReason = (
  composition: Composition,
  override: Override,
  decided: ReadonlySet<number>
): string | undefined => {
  if (override.kind === "delete" || decided.has(override.index)) return undefined
  const later = composition.overrides.find(
    ({ index, key, kind }) =>
      index > override.index &&
      kind === override.kind &&
      key.keyOrGroup === override.key.keyOrGroup &&
      key.package === override.key.package
  )
  return later === undefined ? undefined : `override "${later.input}" comes later and replaces this choice`
}
