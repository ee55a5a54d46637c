/** The run's use of its machine, sampled at intervals for trackers that draw it beside the metrics. */
import { availableParallelism, freemem, totalmem } from "node:os"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { SystemEntry } from "./sink/Sink.ts"

/** Seconds between samples by default, as in the trackers' own clients. */
const usualInterval = 15

const megabyte = 1 << 20

interface Moment {
  /** Milliseconds since 1970. */
  readonly time: number
  /** Microseconds of all cores that the process has used. */
  readonly used: number
}

const moment = Effect.map(Clock.currentTimeMillis, (time): Moment => {
  const { user, system } = process.cpuUsage()
  return { time, used: user + system }
})

const sampleOf = (before: Moment, now: Moment): SystemEntry => {
  const rss = process.memoryUsage.rss()
  const [total, free] = [totalmem(), freemem()]
  const spent = Math.max(1, now.time - before.time) * 1000
  return {
    _tag: "System",
    time: now.time,
    cpuPercent: (100 * (now.used - before.used)) / (spent * availableParallelism()),
    memoryPercent: (100 * (total - free)) / total,
    memoryUsedMB: (total - free) / megabyte,
    memoryAvailableMB: free / megabyte,
    processMB: rss / megabyte,
    processPercent: (100 * rss) / total
  }
}

/** Takes a sample every `interval` seconds until the scope closes; the first after the first interval. */
export const start = Effect.fnUntraced(function* (
  give: (sample: SystemEntry) => void,
  interval = usualInterval
): Effect.fn.Return<void, never, Scope.Scope> {
  let before = yield* moment
  const next = Effect.gen(function* () {
    yield* Effect.sleep(`${interval} seconds`)
    const now = yield* moment
    give(sampleOf(before, now))
    before = now
  })
  yield* Effect.forkScoped(Effect.forever(next))
})
