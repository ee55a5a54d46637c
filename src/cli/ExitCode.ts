/** Exit codes: what a script that calls `anneal` can tell apart. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Durable from "../layers/internal/Durable.ts"
import * as Thrown from "../layers/internal/Thrown.ts"

export const done = 0
/** The run failed, with a typed error. */
export const failed = 1
/** Bad command line or configuration. */
export const usage = 2
export const deviceUnavailable = 3
export const dataUnusable = 4
/** A defect: our bug. */
export const defect = 70
/** SIGINT; the last checkpoint is saved. */
export const interrupted = 130
/** SIGTERM; the last checkpoint is saved. */
export const terminated = 143

const byTag: { readonly [tag: string]: number } = {
  ShowHelp: usage,
  ConfigurationRefused: usage,
  CommandRefused: usage,
  InitRefused: usage,
  MonitorMissing: usage,
  OptionsContradict: usage,
  PipelineModuleRefused: usage,
  ResumeRefused: usage,
  StageRefused: usage,
  DeviceUnavailable: deviceUnavailable,
  DeviceUnsupported: usage,
  DeviceBusy: deviceUnavailable,
  DataError: dataUnusable,
  ImageError: dataUnusable
}

export const ofError = (error: unknown): number => {
  if (!Predicate.isObject(error)) return failed
  const tag = "_tag" in error ? error._tag : undefined
  // A sweep's failure carries the code of the first job that failed.
  if (tag === "JobsFailed" && "code" in error && typeof error.code === "number") return error.code
  return typeof tag === "string" ? (byTag[tag] ?? failed) : failed
}

/** `signal` is what asked the process to end, if anything did. */
export const ofExit = <A, E>(exit: Exit.Exit<A, E>, signal: NodeJS.Signals | undefined): number => {
  if (Exit.isSuccess(exit)) return done
  if (Cause.hasInterruptsOnly(exit.cause)) return signal === "SIGTERM" ? terminated : interrupted
  const error = Cause.findErrorOption(exit.cause)
  if (Option.isSome(error)) return ofError(error.value)
  return Durable.isExhausted(Thrown.code(Cause.squash(exit.cause))) ? failed : defect
}
