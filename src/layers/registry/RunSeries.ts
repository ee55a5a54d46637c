/** A metric over the steps of a run, read from its `metrics.csv`. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as CsvTable from "../logger/sink/CsvTable.ts"
import * as MetricLines from "./MetricLines.ts"
import type { RegistryError } from "./RunEntry.ts"

export interface Series {
  readonly name: string
  /** `[step, value]`, rising steps; steps without a value are omitted. */
  readonly points: ReadonlyArray<readonly [number, number]>
}

/** Every metric that the run logged, in the order of its columns; empty if it has no `metrics.csv`. */
export const read = (
  fs: FileSystem.FileSystem,
  run: string
): Effect.Effect<ReadonlyArray<Series>, RegistryError> => {
  const path = join(run, MetricLines.file)
  return Effect.gen(function* () {
    let columns: ReadonlyArray<string> | undefined
    const points = new Map<string, Array<readonly [number, number]>>()
    const use = (line: string): void => {
      if (columns === undefined) {
        columns = CsvTable.parseHeader(line) ?? []
        for (const name of columns) points.set(name, [])
        return
      }
      const { step, values } = CsvTable.parseLine(columns, line)
      for (const [name, value] of Object.entries(values)) points.get(name)?.push([step, value])
    }
    const { open } = yield* MetricLines.each(fs, path, 0, use)
    if (open !== undefined) use(open)
    return [...points].map(([name, found]): Series => ({ name, points: found }))
  }).pipe(
    Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed([])),
    Effect.mapError(MetricLines.unreadable(path))
  )
}
