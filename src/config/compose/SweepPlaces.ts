/** Where the overrides of a composition may be sweeps. Pure. */
import * as Result from "effect/Result"
import type * as Override from "../override/Override.ts"
import { isSweep, nestedSweep } from "../override/Value.ts"
import { OverrideRefused } from "../problem/ConfigError.ts"
import * as HydraNode from "./HydraNode.ts"

/** Sweeps need a multirun, and even there may not touch the run's own configuration. */
export const check = (
  overrides: ReadonlyArray<Override.Override>,
  mode: "run" | "multirun"
): Result.Result<void, OverrideRefused> => {
  for (const override of overrides) {
    const problem = sweepProblem(override, mode)
    if (problem !== undefined) {
      return Result.fail(new OverrideRefused({ override: override.input, index: override.index, ...problem }))
    }
  }
  return Result.succeed(undefined)
}

const sweepProblem = (
  override: Override.Override,
  mode: "run" | "multirun"
): { readonly problem: string; readonly cure: string } | undefined => {
  const value = override.value
  if (value === undefined) return undefined
  if (!isSweep(value)) {
    const nested = nestedSweep(value) !== undefined
    return nested
      ? {
          problem: "a sweep cannot stand inside another value",
          cure: "Sweep over whole values: key=[1,2],[3,4]"
        }
      : undefined
  }
  if (mode === "multirun") {
    if (!HydraNode.isHydraOverride(override)) return undefined
    return { problem: "the configuration of hydra itself cannot be swept over", cure: "Give it one value." }
  }
  if (value._tag !== "ChoiceSweep" || !value.simple) {
    return { problem: "a sweep needs --multirun", cure: "Add --multirun (-m), or give one value." }
  }
  const { keyOrGroup } = override.key
  const values = override.input.slice(value.span.start, value.span.end)
  return {
    problem: "several values are ambiguous here",
    cure: [
      `For a list, write ${keyOrGroup}=[${values}]`,
      `For a string, quote it: ${keyOrGroup}='${values}'`,
      "To run once for each, add --multirun (-m)"
    ].join("\n")
  }
}
