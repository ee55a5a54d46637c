/**
 * The packages that Anneal shares with the program that imports it: whether they can work together.
 *
 * Two copies of Effect do not recognise each other's values: such a program compiles, and then fails far from the
 * cause. This module loads none of the packages that it checks.
 */

// An import of `node:fs` would load its promises and streams as well, which takes longer than all the work here.
const { existsSync, readFileSync, realpathSync } = process.getBuiltinModule("node:fs")
const { dirname, join, sep } = process.getBuiltinModule("node:path")

/** A folder and its parents, from the inside out. */
const upwards = (folder: string): ReadonlyArray<string> => {
  const around = dirname(folder)
  return around === folder ? [folder] : [folder, ...upwards(around)]
}

/** The folder of the package that a module in `folder` imports by `name`, if there is one. */
export const find = (name: string, folder: string): string | undefined => {
  const place = upwards(folder)
    .map((around) => join(around, "node_modules", name))
    .find((candidate) => existsSync(join(candidate, "package.json")))
  return place === undefined ? undefined : realpathSync.native(place)
}

const versionOf = (folder: string): string => {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8")
  )
  return version
}

/** Whether a version is in a range that is one version, or one version and the patches after it: `4.22.0`, `~4.1.0`. */
const isIn = (version: string, range: string): boolean => {
  if (!range.startsWith("~")) return version === range
  const [major, minor, patch] = version.split(".").map(Number)
  const [wantedMajor, wantedMinor, wantedPatch] = range.slice(1).split(".").map(Number)
  return (
    major === wantedMajor &&
    minor === wantedMinor &&
    Number.isInteger(patch) &&
    Number(patch) >= Number(wantedPatch)
  )
}

export interface Places {
  /** The folder of the package. */
  readonly anneal: string
  /** A folder of the program that imports it. */
  readonly project: string
}

/** Peers of Anneal with their ranges. */
export type Ranges = Readonly<Record<string, string>>

/**
 * The message if `effect`, a folder, has a version that Anneal does not support: with all peers to install, since npm
 * reports a conflict if only one of them changes.
 */
export const wrongVersion = (effect: string, ranges: Ranges, anneal: string): string | undefined => {
  const range = ranges["effect"] ?? ""
  if (isIn(versionOf(effect), range)) return undefined
  const install = Object.entries(ranges)
    .filter(([name, wanted]) => {
      const folder = name === "effect" ? effect : find(name, anneal)
      return folder !== undefined && !isIn(versionOf(folder), wanted)
    })
    .map(([name, wanted]) => `${name}@${wanted.replace("~", "")}`)
  return `anneal in ${anneal} needs effect ${range}, and finds ${versionOf(effect)} in ${effect}: npm install ${install.join(" ")}`
}

/** How to get one copy. A linked package has its own packages, which npm does not change. */
const oneCopy = (version: string, anneal: string): string =>
  anneal.includes(`${sep}node_modules${sep}`)
    ? `npm install effect@${version} && npm dedupe`
    : `npm install --install-links ${anneal}`

/**
 * What is wrong with the Effect that Anneal and the program share, in one sentence with its cure. A missing one is
 * reported by its import.
 */
export const problem = (ranges: Ranges, { anneal, project }: Places): string | undefined => {
  const effect = find("effect", anneal)
  if (effect === undefined) return undefined
  const wrong = wrongVersion(effect, ranges, anneal)
  const other = find("effect", project)
  if (wrong !== undefined || other === undefined || other === effect) return wrong
  const version = versionOf(effect)
  return `effect is installed twice, and one copy does not know the values of the other: anneal uses ${version} in ${effect}, this program uses ${versionOf(other)} in ${other}: ${oneCopy(version, anneal)}`
}

/** The error to throw: without its stack, which would only show the loading of modules. */
export const refusal = (sentence: string): Error => {
  const error = new Error(sentence)
  error.stack = `Error: ${sentence}`
  return error
}
