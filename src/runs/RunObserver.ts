/** Observes a run, be it training, a test or a prediction: what it keeps, what people see, and where the time goes. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { TrainerPlan } from "../pipeline/plan/Plan.ts"
import * as DataWait from "../pipeline/run/DataWait.ts"
import * as Profile from "../pipeline/run/Profile.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { RunDirectory } from "../pipeline/run/RunDirectory.ts"
import * as RunRecorder from "../pipeline/run/RunRecorder.ts"
import type { Event } from "../pipeline/train/Event.ts"

export interface RunObserver<V, E, R> {
  /** Keeps an event, then shows it to people. */
  readonly watch: (event: V) => Effect.Effect<void, E, R>
  /** Says if training waited for data; lists the phases of this process's part, if the plan asks for a profile. */
  readonly report: Effect.Effect<void, never, Progress>
}

/** Bytes; the kernel counts them in units of 1024. */
const peakMemory = Effect.sync(() => process.resourceUsage().maxRSS * 1024)

/** The phases of earlier parts of the run are added. */
const total = (before: { readonly [phase: string]: number }, profile: Profile.Profile) =>
  Object.fromEntries(
    Object.entries(Profile.seconds(profile)).map(([phase, seconds]) => [
      phase,
      seconds + (before[phase] ?? 0)
    ])
  )

/** Milliseconds of a clock that is never set back. */
const millis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

/**
 * Observes from now on. `keep` receives each event first, and its time counts as logging; when the scope closes, the
 * times and the peak memory are written to `run.json`, however the run ends.
 */
export const make = Effect.fnUntraced(function* <V extends Event, E, R>(
  trainer: Pick<TrainerPlan, "enable_progress_bar" | "profiler">,
  keep: (event: V) => Effect.Effect<void, E, R>
): Effect.fn.Return<RunObserver<V, E, R>, never, Progress | RunDirectory | Scope.Scope> {
  const directory = yield* RunDirectory
  const show = yield* RunRecorder.shown(trainer)
  const begun = yield* millis
  const { durations } = yield* directory.record
  let profile = Profile.empty
  let wait = DataWait.empty
  const update = Effect.gen(function* () {
    const dataWait = DataWait.share(wait)
    yield* directory.update({
      durations: total(durations, profile),
      peakMemory: yield* peakMemory,
      ...(dataWait === undefined ? {} : { dataWait })
    })
  })
  yield* Effect.addFinalizer(() => update.pipe(Effect.catch((error) => Effect.logWarning(error.message))))
  return {
    watch: Effect.fnUntraced(function* (event: V) {
      const before = yield* millis
      yield* keep(event)
      const seconds = ((yield* millis) - before) / 1000
      profile = Profile.add(Profile.watch(profile, event), "logging", seconds)
      wait = DataWait.watch(wait, event)
      yield* show(event)
    }),
    report: Effect.gen(function* () {
      const progress = yield* Progress
      const advice = DataWait.advice(wait)
      if (advice !== undefined) yield* progress.note(advice)
      if (trainer.profiler !== "simple") return
      const seconds = ((yield* millis) - begun) / 1000
      yield* Effect.forEach(Profile.lines(profile, seconds), progress.note, { discard: true })
    })
  }
})
