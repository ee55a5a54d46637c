/**
 * `anneal/ExitCode`: exit codes, by which a script distinguishes how `anneal`, or a program of one's own, ended.
 *
 * `MainProgram.run` ends a program with them. One that ends its process itself asks `ofExit`:
 *
 * ```ts
 * import * as ExitCode from "anneal/ExitCode"
 * import * as Effect from "effect/Effect"
 *
 * const codeOf = <A, E>(program: Effect.Effect<A, E>) =>
 *   Effect.map(Effect.exit(program), (exit) => ExitCode.ofExit(exit))
 * ```
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Runtime from "effect/Runtime"

/** The program did what it was asked to. */
export const done = 0
/** The run failed, with a typed error. */
export const failed = 1
/** Bad command line or configuration. */
export const usage = 2
/** The engine is missing or in use. */
export const deviceUnavailable = 3
/** Data are missing, or damaged. */
export const dataUnusable = 4
/** A defect: our bug. */
export const defect = 70
/** SIGINT, or an interruption from within. */
export const interrupted = 130

/** Signals that interrupt, after which the last checkpoint is saved: 128 and the number of the signal. */
const bySignal = { SIGHUP: 129, SIGINT: interrupted, SIGQUIT: 131, SIGTERM: 143 } as const
/** The signals that `MainProgram.run` handles. */
export const signals = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const
export type Signal = (typeof signals)[number]

const byTag: { readonly [tag: string]: number } = {
  ShowHelp: usage,
  CommandRefused: usage,
  InitRefused: usage,
  ObjectiveMissing: usage,
  PlanInvalid: usage,
  PlanKeyReserved: usage,
  PlanRefused: usage,
  MonitorMissing: usage,
  OptionsContradict: usage,
  StepRefused: usage,
  ModuleRefused: usage,
  ResumeRefused: usage,
  WeightsError: usage,
  WeightsForeign: usage,
  WeightsMismatch: usage,
  StageRefused: usage,
  ExportExists: usage,
  GraphModelUnavailable: usage,
  OnnxRuntimeUnavailable: usage,
  DeviceUnavailable: deviceUnavailable,
  DeviceUnsupported: usage,
  DeviceBusy: deviceUnavailable,
  DataError: dataUnusable,
  DataFaulty: dataUnusable,
  ImageError: dataUnusable,
  InputsSkipped: dataUnusable,
  PicturesUnavailable: dataUnusable
}

/** The code of a typed error: by its tag for Anneal's own, otherwise its `Runtime.errorExitCode`, or 1. */
export const ofError = (error: unknown): number => {
  if (!Predicate.isObject(error)) return failed
  const tag = "_tag" in error ? error._tag : undefined
  // The failure of a sweep has the code of the first job that failed.
  if (tag === "JobsFailed" && "code" in error && typeof error.code === "number") return error.code
  // A program's own error may name its code by `Runtime.errorExitCode`.
  return (typeof tag === "string" ? byTag[tag] : undefined) ?? Runtime.getErrorExitCode(error)
}

/** Whether the process may open no more files, which makes loading a module fail. */
export const isExhausted = (cause: Cause.Cause<unknown>): boolean => {
  const thrown = Cause.squash(cause)
  return Predicate.isObject(thrown) && (thrown["code"] === "EMFILE" || thrown["code"] === "ENFILE")
}

/** The code of a whole program; `signal` is the signal that asked the process to end, if there was one. */
export const ofExit = <A, E>(exit: Exit.Exit<A, E>, signal?: Signal): number => {
  if (Exit.isSuccess(exit)) return done
  if (Cause.hasInterruptsOnly(exit.cause)) return signal === undefined ? interrupted : bySignal[signal]
  const error = Cause.findErrorOption(exit.cause)
  if (Option.isSome(error)) return ofError(error.value)
  return isExhausted(exit.cause) ? failed : defect
}
