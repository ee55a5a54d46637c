/** How long training waited for its batches: a fold over the events of a run. */
import type { Event } from "../train/Event.ts"

export interface DataWait {
  /** Whether the first batch has come, which waits until the workers are up and does not count. */
  readonly begun: boolean
  /** Seconds that steps waited for their batches, and seconds of those steps with their waits. */
  readonly waited: number
  readonly seconds: number
}

export const empty: DataWait = { begun: false, waited: 0, seconds: 0 }

export const watch = (wait: DataWait, event: Event): DataWait => {
  if (event._tag !== "StepEnded") return wait
  if (!wait.begun) return { ...wait, begun: true }
  const { dataSeconds, seconds } = event
  return { ...wait, waited: wait.waited + dataSeconds, seconds: wait.seconds + dataSeconds + seconds }
}

/** Part of the time of the steps, 0 to 1; undefined before the second step. */
export const share = ({ waited, seconds }: DataWait): number | undefined =>
  seconds > 0 ? waited / seconds : undefined

/** Steps that wait longer than this part of their time could be fed faster. */
const tolerated = 0.03

/** A sentence for a run that waited noticeably. */
export const advice = (wait: DataWait): string | undefined => {
  const part = share(wait) ?? 0
  return part > tolerated
    ? `the engine waited for data ${(100 * part).toFixed(0)} % of the time; more workers or more batches ahead may help`
    : undefined
}
