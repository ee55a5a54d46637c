/** A metric over the steps of a run, read from its `metrics.csv`. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Durable from "../internal/Durable.ts"
import * as CsvTable from "../logger/CsvTable.ts"
import { RegistryError } from "./RunEntry.ts"

export interface Series {
  readonly name: string
  /** `[step, value]`, rising steps; steps without a value are left out. */
  readonly points: ReadonlyArray<readonly [number, number]>
}

const seriesOf = (text: string): ReadonlyArray<Series> => {
  const [head = "", ...lines] = text.split("\n")
  const columns = CsvTable.parseHeader(head) ?? []
  const rows = lines.slice(0, -1).map((line) => CsvTable.parseLine(columns, line))
  return columns.map((name) => ({
    name,
    points: rows.flatMap(({ step, values }): ReadonlyArray<readonly [number, number]> => {
      const value = values[name]
      return value === undefined ? [] : [[step, value]]
    })
  }))
}

/** Every metric that the run logged, in the order of its columns; none where it has no `metrics.csv`. */
export const read = (
  fs: FileSystem.FileSystem,
  run: string
): Effect.Effect<ReadonlyArray<Series>, RegistryError> => {
  const path = join(run, "metrics.csv")
  return fs.readFileString(path).pipe(
    Effect.map(seriesOf),
    Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed([])),
    Effect.mapError(
      (error) =>
        new RegistryError({
          path,
          problem: `the run's metrics cannot be read: ${Durable.problemOf(error)}`,
          cure: "Let this user read the file"
        })
    )
  )
}
