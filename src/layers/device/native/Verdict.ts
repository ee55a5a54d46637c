/**
 * Whether the native engine may be used on this processor: it is tried once in another process, since a fault in
 * TensorFlow's library ends its process, and the outcome is stored beside the engine.
 */
import { type ExecFileException, execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { cpus } from "node:os"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Thrown from "../../internal/Thrown.ts"
import * as NativeHome from "./NativeHome.ts"

/** The result of an engine's trial. */
export const Outcome = Schema.Struct({
  passed: Schema.Boolean,
  /** What the trial reported about the engine, or why the engine cannot be used. */
  said: Schema.String
})
export type Outcome = typeof Outcome.Type

/** The beginning of a line in which the trial names what it tries next. */
export const stepMark = "trying "

/** Other versions of Anneal have other kernels and another trial. */
const packageFile = (): string => createRequire(import.meta.url).resolve("anneal/package.json")

/** Variables that select oneDNN's code. */
const variables = [
  "TF_ENABLE_ONEDNN_OPTS",
  "ONEDNN_MAX_CPU_ISA",
  "DNNL_MAX_CPU_ISA",
  "ONEDNN_CPU_ISA_HINTS",
  "ONEDNN_DEFAULT_FPMATH_MODE"
]

const processor = (): string => {
  const path = "/proc/cpuinfo"
  const text = existsSync(path) ? readFileSync(path, "utf8") : ""
  return [cpus()[0]?.model ?? "", /^flags\s*:.*$/m.exec(text)?.[0] ?? ""].join("\n")
}

/** The file for the outcome of this engine on this processor in this environment. */
const file = (root: string, manifest: NativeHome.Manifest): string => {
  const { tfjs, tensorflow, source, installed } = manifest
  const set = variables.map((name) => `${name}=${process.env[name] ?? ""}`)
  const anneal = readFileSync(packageFile(), "utf8")
  const key = JSON.stringify([anneal, tfjs, tensorflow, source, installed, processor(), ...set])
  return join(root, `trial-${createHash("sha256").update(key).digest("hex").slice(0, 16)}.json`)
}

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Outcome))

const recorded = (root: string, manifest: NativeHome.Manifest): Option.Option<Outcome> => {
  const path = file(root, manifest)
  return existsSync(path) ? decode(readFileSync(path, "utf8")) : Option.none()
}

/** Stores an outcome in the engine's folder; if it cannot be written, the engine is tried each time. */
export const record = (
  root: string,
  manifest: NativeHome.Manifest,
  outcome: Outcome
): Effect.Effect<void> => {
  const path = file(root, manifest)
  return Effect.try({
    try: () => {
      writeFileSync(`${path}.${process.pid}`, `${JSON.stringify(outcome)}\n`)
      renameSync(`${path}.${process.pid}`, path)
    },
    catch: Thrown.said
  }).pipe(
    Effect.catch((problem) =>
      Effect.logWarning(
        `the result of the native engine's trial cannot be stored, so each run repeats it: ${problem}`
      )
    )
  )
}

/** Signals caused by a fault of the process itself. */
const faults = new Set(["SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP"])

/** Milliseconds after which a trial, which takes seconds, counts as hanging. */
const patience = 300_000

/** An outcome, and whether the engine caused it, so that another trial would have the same result. */
interface Attempt extends Outcome {
  readonly lasting: boolean
}

const lines = (text: string): ReadonlyArray<string> => text.split("\n").filter((line) => line.trim() !== "")

/** How the process failed, without the place. */
const ending = ({ killed, signal, code }: ExecFileException, complained: string): string => {
  if (killed === true) return `did not end within ${patience / 60_000} minutes`
  if (signal !== null && signal !== undefined) return `crashed with ${signal}`
  if (typeof code === "string") return `could not be started: ${code}`
  return `failed: ${lines(complained).slice(-4).join(" ")}`
}

const attemptOf = (error: ExecFileException | null, wrote: string, complained: string): Attempt => {
  const last = lines(wrote).at(-1) ?? ""
  if (error === null) return { passed: true, said: last, lasting: true }
  const { killed, signal, code } = error
  const ended = code === 1 || faults.has(signal ?? "")
  const place = last.startsWith(stepMark) && code !== 1 ? ` in: ${last.slice(stepMark.length)}` : ""
  return {
    passed: false,
    said: `its trial on this processor ${ending(error, complained)}${place}`,
    lasting: killed === true || ended
  }
}

/** Tries the engine in `home`, which is used as `ANNEAL_HOME`, with the package's own program. */
export const attempt = (home: string): Effect.Effect<Attempt> =>
  Effect.callback<Attempt>((resume) => {
    const child = execFile(
      process.execPath,
      [join(dirname(packageFile()), "bin", "anneal.mjs"), "doctor", "--only", "native", "--steps"],
      {
        env: { ...process.env, ANNEAL_HOME: home },
        killSignal: "SIGKILL",
        maxBuffer: 2 ** 26,
        timeout: patience
      },
      (error, wrote, complained) => resume(Effect.succeed(attemptOf(error, wrote, complained)))
    )
    return Effect.sync(() => {
      child.kill("SIGKILL")
    })
  }).pipe(Effect.withSpan("Verdict.attempt"))

/** The verdict on the installed engine on this processor; `anew` repeats the trial. */
export const of = Effect.fn("Verdict.of")(function* (manifest: NativeHome.Manifest, anew: boolean) {
  const root = NativeHome.folder("native")
  const known = anew ? Option.none() : recorded(root, manifest)
  if (Option.isSome(known)) return known.value
  if (!anew) {
    yield* Effect.logInfo("the native engine is new on this processor: trying it once, for some seconds")
  }
  const { lasting, ...outcome } = yield* attempt(NativeHome.home())
  if (lasting) yield* record(root, manifest, outcome)
  return outcome
})
