/** Samples of which two parts know: files of the same bytes, and groups that were divided. */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import { DataError } from "../task/Dataset.ts"
import * as Groups from "./Groups.ts"
import type { Part } from "./Split.ts"
import type { SplitPlan } from "./SplitPlan.ts"

export interface Placed {
  readonly name: string
  /** Absolute. */
  readonly path: string
  readonly part: Part
}

/** What two parts share. */
export interface Leak {
  readonly what: "file" | "group"
  /** The digest, or the group's key. */
  readonly key: string
  /** In two parts or more. */
  readonly samples: ReadonlyArray<Placed>
}

/** Files that are looked at at the same time. */
const concurrency = 16

/** A file that cannot be read is nobody's twin: what is wrong with it is said elsewhere. */
const alone = (path: string) => Effect.orElseSucceed(() => path)

const digestOf = Effect.fnUntraced(function* ({ path }: Placed) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.readFile(path).pipe(
    Effect.map((bytes) => createHash("sha256").update(bytes).digest("hex")),
    alone(path)
  )
})

const bytesOf = Effect.fnUntraced(function* ({ path }: Placed) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.stat(path).pipe(
    Effect.map(({ size }) => String(size)),
    alone(path)
  )
})

/** Samples with a key in common that are in two parts or more. */
export const shared = <S extends { readonly part: string }>(
  samples: ReadonlyArray<S>,
  keyOf: (sample: S, at: number) => string
): ReadonlyArray<readonly [key: string, samples: ReadonlyArray<S>]> => {
  const byKey = new Map<string, Array<S>>()
  for (const [at, sample] of samples.entries()) {
    const key = keyOf(sample, at)
    const those = byKey.get(key)
    if (those === undefined) byKey.set(key, [sample])
    else those.push(sample)
  }
  return [...byKey].filter(([, those]) => new Set(those.map(({ part }) => part)).size > 1)
}

/** Files of the same bytes in two parts. Only those of one size are read. */
export const files = Effect.fn("Leaks.files")(function* (samples: ReadonlyArray<Placed>) {
  const sizes = yield* Effect.forEach(samples, bytesOf, { concurrency })
  const alike = shared(samples, (_, at) => sizes[at] ?? "").flatMap(([, those]) => those)
  const digests = yield* Effect.forEach(alike, digestOf, { concurrency })
  return shared(alike, (_, at) => digests[at] ?? "").map(
    ([key, those]): Leak => ({ what: "file", key, samples: those })
  )
})

/** Groups that are in two parts, as the data's own folders or lists may have them. */
export const groups = Effect.fn("Leaks.groups")(function* (
  root: string,
  { group }: SplitPlan,
  samples: ReadonlyArray<Placed>
) {
  if (group === null) return []
  const names = samples.map(({ name }) => name)
  const { keys } = yield* Groups.of(root, group, names)
  return shared(samples, ({ name }) => keys.get(name) ?? name).map(
    ([key, those]): Leak => ({ what: "group", key, samples: those })
  )
})

/** So many are listed. */
const LISTED = 10

/** `a.jpg (train) and b.jpg (val) are the same file`. */
export const sentence = ({ what, key, samples }: Leak): string => {
  const parts = Map.groupBy(samples, ({ part }) => part)
  const first = [...parts.values()].flatMap(([one]) => (one === undefined ? [] : [one]))
  const names = first.map(({ name, part }) => `${name} (${part})`).join(" and ")
  return what === "file" ? `${names} are the same file` : `${names} are of the group "${key}"`
}

/** What leaks say to a person, the first of them. */
export const sentences = (leaks: ReadonlyArray<Leak>): ReadonlyArray<string> => [
  ...leaks.slice(0, LISTED).map(sentence),
  ...(leaks.length > LISTED ? [`and ${leaks.length - LISTED} more`] : [])
]

/**
 * Looks for leaks as the plan has it: they fail, or become a warning. `usual` says that the plan divides as the task does
 * by default, which only warns unless `data.split.leaks` says otherwise.
 */
export const check = Effect.fn("Leaks.check")(function* (
  root: string,
  plan: SplitPlan,
  { samples, usual }: { readonly samples: ReadonlyArray<Placed>; readonly usual: boolean }
): Effect.fn.Return<ReadonlyArray<string>, DataError, FileSystem.FileSystem | Path.Path> {
  const leaks = [...(yield* groups(root, plan, samples)), ...(yield* files(samples))]
  if (leaks.length === 0) return []
  const said = sentences(leaks)
  if ((plan.leaks ?? (usual ? "warn" : "fail")) === "warn") {
    return [`parts of the data share samples, so that measures of one are too good: ${said.join("; ")}`]
  }
  return yield* new DataError({
    where: root,
    problem: `parts of the data share samples\n  ${said.join("\n  ")}\nNothing of it was used`,
    cure: "Take them out of one part, or set data.split.leaks=warn."
  })
})
