/** Warnings about stages that the cache has although their code is no longer what it was when the result was made. */
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type { CodeChange } from "../../../pipeline/stage/StageModule.ts"
import * as StandardOutput from "../../terminal/StandardOutput.ts"
import * as Text from "../../terminal/Text.ts"

export interface Cached {
  readonly stage: string
  readonly version: number | string
  readonly change?: CodeChange
}

const pathsOf = ({ module, paths }: CodeChange): ReadonlyArray<string> => {
  const file = module.startsWith("file:") ? fileURLToPath(module) : module
  return paths.map((path) => Text.path(join(dirname(file), path), process.cwd()))
}

/** `a`, `a and b`, `a, b and c`. */
const listed = (words: ReadonlyArray<string>): string =>
  [words.slice(0, -1).join(", "), ...words.slice(-1)].filter((part) => part !== "").join(" and ")

const sentence = (files: string, stages: ReadonlyArray<Cached>): string => {
  const names = listed([...new Set(stages.map(({ stage }) => stage))])
  const [first, ...others] = new Map(stages.map((one) => [one.stage, one])).values()
  return others.length === 0
    ? `stage ${names} was cached by version ${first?.version}, and ${files} changed since: raise its version if that changes the result`
    : `stages ${names} were cached, and ${files} changed since: raise the version of each whose result that changes`
}

/** One sentence for all stages whose code changed in the same files. */
export const sentences = (cached: ReadonlyArray<Cached>): ReadonlyArray<string> => {
  const stages = cached.flatMap((one) =>
    one.change === undefined ? [] : [{ files: listed(pathsOf(one.change)), one }]
  )
  const byFiles = Map.groupBy(stages, ({ files }) => files)
  return [...byFiles].map(([files, all]) =>
    sentence(
      files,
      all.map(({ one }) => one)
    )
  )
}

export const warn = (cached: ReadonlyArray<Cached>) =>
  Effect.forEach(sentences(cached), (one) => StandardOutput.note(`warning: ${one}`), { discard: true })
