/** How long each phase of a run took: a fold over its events, as Lightning's SimpleProfiler. */
import type { Event } from "../train/Event.ts"
import * as Table from "./Table.ts"

export type Phase = "data" | "step" | "validation" | "checkpoint" | "logging"

export interface Spent {
  /** How often the phase was entered. */
  readonly calls: number
  readonly seconds: number
}

export type Profile = { readonly [phase in Phase]: Spent }

const nothing: Spent = { calls: 0, seconds: 0 }

export const empty: Profile = {
  data: nothing,
  step: nothing,
  validation: nothing,
  checkpoint: nothing,
  logging: nothing
}

/** `profile` with one more call of `phase`. */
export const add = (profile: Profile, phase: Phase, seconds: number): Profile => {
  const { calls, seconds: before } = profile[phase]
  return { ...profile, [phase]: { calls: calls + 1, seconds: before + seconds } }
}

/** `profile` with the times of `event`; every evaluation counts as validation. */
export const watch = (profile: Profile, event: Event): Profile => {
  switch (event._tag) {
    case "StepEnded":
      return add(add(profile, "data", event.dataSeconds), "step", event.seconds)
    case "EvaluationEnded":
      return add(profile, "validation", event.seconds)
    case "CheckpointSaved":
      return add(profile, "checkpoint", event.seconds)
    default:
      return profile
  }
}

/** Seconds by phase. */
export const seconds = (profile: Profile): { readonly [phase in Phase]: number } => ({
  data: profile.data.seconds,
  step: profile.step.seconds,
  validation: profile.validation.seconds,
  checkpoint: profile.checkpoint.seconds,
  logging: profile.logging.seconds
})

/** The table, longest phase first. `total` is the wall time of the run in seconds, which shares refer to. */
export const lines = (profile: Profile, total: number): ReadonlyArray<string> => {
  const spent: ReadonlyArray<readonly [string, Spent]> = Object.entries(profile)
  const known = spent.reduce((sum, [, phase]) => sum + phase.seconds, 0)
  const other: readonly [string, Spent] = ["other", { calls: 1, seconds: Math.max(0, total - known) }]
  const rows = [...spent.toSorted(([, a], [, b]) => b.seconds - a.seconds), other].map(([name, phase]) => [
    name,
    String(phase.calls),
    phase.seconds.toFixed(2),
    phase.calls === 0 ? "-" : ((phase.seconds * 1000) / phase.calls).toFixed(1),
    `${((phase.seconds * 100) / Math.max(total, 1e-9)).toFixed(0)} %`
  ])
  return Table.lines(["phase", "calls", "total s", "mean ms", "share"], rows, [
    "left",
    "right",
    "right",
    "right",
    "right"
  ])
}
