/**
 * The module that declares a stage, known from the call that declares it, and what changed in it and in the modules it
 * imports since a result was made: a version that nobody raised would hide the change.
 */
import type { StageRecord } from "./StageRecord.ts"

/** Digests of a module and of those that it imports, by their paths relative to its folder. */
export type Modules = NonNullable<StageRecord["modules"]>

/** What changed in the code of a stage since its result was made. */
export interface CodeChange {
  /** The module that declares the stage, as a stack names it: a path or a `file:` address. */
  readonly module: string
  /** Of the files that changed, relative to the folder of the module. */
  readonly paths: ReadonlyArray<string>
}

const place = /(?:\(|\s|@|^)((?:file:\/\/|\/|[A-Za-z]:[\\/]).+?)(?:\?[^:]*)?:\d+:\d+\)?$/

const fileOf = (frame: string): string | undefined => place.exec(frame.trim())?.[1]

/**
 * The file whose code called into the file of the first frame, as the stack names it: a path or a `file:` address.
 * Undefined if there is none, as in a bundle of everything, or if it is in a package, which has a version of its own.
 */
export const callerIn = (stack: string | undefined): string | undefined => {
  const files = (stack ?? "").split("\n").flatMap((frame) => fileOf(frame) ?? [])
  const found = files.find((file) => file !== files[0])
  return found === undefined || /[\\/]node_modules[\\/]/.test(found) ? undefined : found
}

/** Paths, relative to the folder of the declaring module, whose content is other than it was; one that is gone counts not. */
export const changed = (before: Modules | undefined, now: Modules): ReadonlyArray<string> =>
  Object.entries(before ?? {}).flatMap(([path, digest]) => {
    const other = now[path]
    return other === undefined || other === digest ? [] : [path]
  })
