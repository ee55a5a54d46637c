/** The program of `anneal runs resume`: `anneal train` as the run was begun, with `resume=<run>`. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as Option from "effect/Option"
import * as OverridePrinter from "../../config/OverridePrinter.ts"
import * as RunPlan from "../../layers/registry/RunPlan.ts"
import * as RunRecordFile from "../../layers/run/RunRecordFile.ts"
import type { RunRecord } from "../../pipeline/RunDirectory.ts"
import * as ResumeCheck from "../../runs/ResumeCheck.ts"
import * as Configured from "../Configured.ts"
import * as RecordedCommand from "../RecordedCommand.ts"
import * as StandardOutput from "../StandardOutput.ts"
import * as Catalogue from "./Catalogue.ts"
import * as Composition from "./Composition.ts"
import * as Decoded from "./Decoded.ts"

export interface Input {
  readonly run: string
  /** Further overrides, which win over those of the run. */
  readonly overrides: ReadonlyArray<string>
  readonly dir: Option.Option<string>
}

/** A path as an override's value. */
const asValue = (path: string): string =>
  /^[\w./~-]+$/.test(path) ? path : OverridePrinter.quote(path, "single")

/** What was said for one start of the run alone. */
const isResume = (override: string): boolean => /^\+{0,2}resume(_exact)?=/.test(override)

/** The overrides of the newest start, so that what was changed then stays as it is now. */
const overridesOf = ({ overrides, resumes }: RunRecord): ReadonlyArray<string> =>
  resumes.findLast((one) => one.overrides !== undefined)?.overrides ?? overrides

export const resume = Effect.fn("runs.resume")(function* (input: Input) {
  const run = yield* Catalogue.using(input.dir, (registry) => registry.find(input.run))
  const fs = yield* FileSystem.FileSystem
  const record = yield* RunRecordFile.read(fs, run.path)
  yield* ResumeCheck.checkProgram(run.path, record, yield* RunPlan.read(fs, run.path))
  const overrides = [
    ...overridesOf(record).filter((one) => !isResume(one)),
    ...input.overrides,
    `resume=${asValue(run.path)}`
  ]
  const flags = RecordedCommand.flags(record.command)
  yield* StandardOutput.note(`anneal train${Decoded.commandLine([...flags.words, ...overrides])}`)
  yield* Configured.run("train", (started, given) =>
    Effect.flatMap(
      Effect.promise(() => import("./Train.ts")),
      ({ train }) => train(started, given)
    )
  )({ ...Composition.nothing, ...flags.input, overrides })
})
