/** A defect that comes from a module of the user's own: a sentence with its place, and no report of a bug of ours. */
import { join, sep } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Thrown from "../layers/internal/Thrown.ts"
import * as Host from "./Host.ts"

export class ModuleThrew extends Schema.TaggedError<ModuleThrew>()("ModuleThrew", {
  /** File, line and column. */
  place: Schema.String,
  problem: Schema.String,
  /** The lines of its stack that lie in code of the user's own. */
  through: Schema.Array(Schema.String)
}) {
  override get message() {
    return [`${this.place}: it threw: ${this.problem}`, ...this.through.map((line) => `    at ${line}`)].join(
      "\n"
    )
  }
}

const ours = ["src", "dist", "bin"].map((name) => join(Host.packageRoot, name) + sep)

const isTheirs = (place: string): boolean =>
  !ours.some((folder) => place.startsWith(folder)) && !place.includes(`${sep}node_modules${sep}`)

/** The places of a stack, first the innermost, as `file:line:column`. */
const placesOf = (thrown: unknown): ReadonlyArray<string> => {
  const stack = Predicate.hasProperty(thrown, "stack") ? String(thrown.stack) : ""
  return [...stack.matchAll(/^\s+at .*?((?:file:\/\/)?(?:[A-Za-z]:)?[\\/][^()\n]*:\d+:\d+)\)?$/gm)].map(
    ([, place = ""]) => (place.startsWith("file:") ? fileURLToPath(place) : place)
  )
}

/** `run`, in which what a module of the user's own throws is an error that says where. */
export const reported = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, E | ModuleThrew, R> =>
  Effect.catchDefect(run, (defect) => {
    const [place, ...through] = placesOf(defect).filter(isTheirs)
    return place === undefined
      ? Effect.die(defect)
      : Effect.fail(new ModuleThrew({ place, problem: Thrown.said(defect), through }))
  })
