/**
 * The packages that Anneal shares with the program that imports it: whether they can work together.
 *
 * What one copy of Effect makes, another only half knows: such a program compiles, and then fails far from the cause.
 * Loads nothing of what it looks at.
 */

// Imported, `node:fs` would load its promises and streams as well, which takes longer than all that is done here.
const { existsSync, readFileSync, realpathSync } = process.getBuiltinModule("node:fs")
const { dirname, join, sep } = process.getBuiltinModule("node:path")

/** A folder and those around it, from the inside out. */
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
 * Says that `effect`, a folder, is of a version that Anneal was not made for, if it is: with all peers to install, since
 * npm takes one without the others for a contradiction.
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

/** How to have one copy. A package that is linked has packages of its own, which npm does not touch. */
const oneCopy = (version: string, anneal: string): string =>
  anneal.includes(`${sep}node_modules${sep}`)
    ? `npm install effect@${version} && npm dedupe`
    : `npm install --install-links ${anneal}`

/**
 * What is wrong with the Effect that Anneal and the program share, in one sentence that ends with its cure. One that is
 * not there says so itself.
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

/** What is thrown: its stack would lead through the loading of modules, and say nothing. */
export const refusal = (sentence: string): Error => {
  const error = new Error(sentence)
  error.stack = `Error: ${sentence}`
  return error
}
