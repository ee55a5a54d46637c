/** A folder of somebody else's that has installed what `npm publish` would send. */
import { execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, symlinkSync } from "node:fs"
import path from "node:path"
import { pathToFileURL } from "node:url"
import manifest from "../../package.json" with { type: "json" }

export const root = path.dirname(path.dirname(import.meta.dirname))

/** Preloaded with `--import`, writes down which modules a program loads. */
export const recorder = pathToFileURL(path.join(import.meta.dirname, "recordModules.mjs")).href

export const tarball = `anneal-${manifest.version}.tgz`

/** Packs what was built before the tests into `folder`: a build in the middle would take the program from other tests. */
export const pack = (folder: string): void => {
  execFileSync("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], {
    cwd: root,
    stdio: "ignore"
  })
}

const link = (folder: string, name: string) => {
  const target = path.join(folder, "node_modules", name)
  mkdirSync(path.dirname(target), { recursive: true })
  symlinkSync(path.join(root, "node_modules", name), target)
}

/** Unpacks anneal from `folder/anneal-….tgz` into its `node_modules`, and links `names` from ours. Where it lies now. */
export const install = (folder: string, archive: string, names: ReadonlyArray<string>): string => {
  const installed = path.join(folder, "node_modules", "anneal")
  mkdirSync(installed, { recursive: true })
  execFileSync("tar", ["-xzf", archive, "-C", installed, "--strip-components", "1"])
  for (const name of names) link(folder, name)
  // Programs start on the pinned Node, as npm scripts find it.
  link(folder, ".bin")
  return installed
}

/** What anneal needs at run time, what it shares with the program that imports it, and what pictures need. */
export const dependencies: ReadonlyArray<string> = Object.keys({
  ...manifest.dependencies,
  ...manifest.peerDependencies
})

/** The same for a project that has no pictures. */
export const withoutPictures: ReadonlyArray<string> = dependencies.filter(
  (name) => !(name in manifest.peerDependenciesMeta)
)

export const namesIn = (folder: string): Array<string> => readdirSync(folder).sort()
