/** A failure that comes out of a module of the user's own: a sentence with its place, and no report of a bug of ours. */
import { join, sep } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { packageRoot } from "../internal/PackageRoot.ts"
import * as Thrown from "../layers/internal/Thrown.ts"
import { DeviceError } from "../pipeline/device/Device.ts"
import { NetInvalid } from "../pipeline/nn/Pass.ts"

export class ModuleThrew extends Schema.TaggedError<ModuleThrew>()("ModuleThrew", {
  /** File, line and column. */
  place: Schema.String,
  problem: Schema.String,
  /** The callers of the place that are code of the user's own too, the nearest first. */
  callers: Schema.Array(Schema.String)
}) {
  override get message() {
    return [`${this.place}: ${this.problem}`, ...this.callers.map((line) => `    at ${line}`)].join("\n")
  }
}

/** As many callers as show the way. */
const CALLERS = 4

const ours = ["src", "dist", "bin"].map((name) => join(packageRoot, name) + sep)

const isTheirs = (place: string): boolean =>
  !ours.some((folder) => place.startsWith(folder)) && !place.includes(`${sep}node_modules${sep}`)

/** The places of a stack, first the innermost, as `file:line:column`; those of Node's own have no path. */
const placesOf = (thrown: unknown): ReadonlyArray<string> => {
  const stack = Predicate.hasProperty(thrown, "stack") ? String(thrown.stack) : ""
  return [...stack.matchAll(/^\s+at (?:.*[\s(])?((?:file:\/\/|[A-Za-z]:)?[\\/][^()\n]*:\d+:\d+)\)?$/gm)].map(
    ([, place = ""]) => (place.startsWith("file:") ? fileURLToPath(place) : place)
  )
}

const from = (thrown: unknown, problem: string): ModuleThrew | undefined => {
  const [place, ...callers] = placesOf(thrown).filter(isTheirs)
  return place === undefined
    ? undefined
    : new ModuleThrew({ place, problem, callers: callers.slice(0, CALLERS) })
}

/** `run`, in which what a module of the user's own throws, on the device or elsewhere, is an error that says where. */
export const reported = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, E | ModuleThrew, R> =>
  run.pipe(
    Effect.mapError((error) => {
      if (error instanceof DeviceError) return from(error.cause, error.message) ?? error
      return error instanceof NetInvalid ? (from(error, error.message) ?? error) : error
    }),
    Effect.catchDefect((defect) => {
      const found = from(defect, `it threw: ${Thrown.said(defect)}`)
      return found === undefined ? Effect.die(defect) : Effect.fail(found)
    })
  )
