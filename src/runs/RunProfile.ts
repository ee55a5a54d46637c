/** Measures the phases of a run while it runs; `run.json` tells them however it ends. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Profile from "../pipeline/run/Profile.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { RunDirectory } from "../pipeline/run/RunDirectory.ts"
import type { Event } from "../pipeline/train/Event.ts"

export interface RunProfile {
  /** Takes the times that the event tells, and that of recording it. */
  readonly measured: <E, R>(event: Event, recording: Effect.Effect<void, E, R>) => Effect.Effect<void, E, R>
  /** Lists the phases of this process's part of the run. */
  readonly tell: Effect.Effect<void, never, Progress>
}

/** Bytes; the kernel counts them in units of 1024. */
const peakMemory = Effect.sync(() => process.resourceUsage().maxRSS * 1024)

/** Phases of earlier parts of the run count as well. */
const total = (before: { readonly [phase: string]: number }, profile: Profile.Profile) =>
  Object.fromEntries(
    Object.entries(Profile.seconds(profile)).map(([phase, seconds]) => [
      phase,
      seconds + (before[phase] ?? 0)
    ])
  )

/** Milliseconds by a clock that is never set back. */
const millis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

/** Begins to measure; when the scope closes, `run.json` is told. */
export const make: Effect.Effect<RunProfile, never, RunDirectory | Scope.Scope> = Effect.gen(function* () {
  const directory = yield* RunDirectory
  const begun = yield* millis
  const { durations } = yield* directory.record
  let profile = Profile.empty
  const update = Effect.gen(function* () {
    yield* directory.update({ durations: total(durations, profile), peakMemory: yield* peakMemory })
  })
  yield* Effect.addFinalizer(() => update.pipe(Effect.catch((error) => Effect.logWarning(error.message))))
  return {
    measured: Effect.fnUntraced(function* <E, R>(event: Event, recording: Effect.Effect<void, E, R>) {
      const before = yield* millis
      yield* recording
      const seconds = ((yield* millis) - before) / 1000
      profile = Profile.add(Profile.watch(profile, event), "logging", seconds)
    }),
    tell: Effect.gen(function* () {
      const progress = yield* Progress
      const seconds = ((yield* millis) - begun) / 1000
      yield* Effect.forEach(Profile.lines(profile, seconds), progress.note, { discard: true })
    })
  }
})
