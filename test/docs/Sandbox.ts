/** A folder of somebody who has packages of this checkout installed: they are linked, and nothing is fetched. */
import { execFileSync } from "node:child_process"
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { root } from "./Pages.ts"

/** Everything but `anneal` itself. */
const linked = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-docs-"))
  for (const place of ["node_modules", "node_modules/.bin"]) {
    mkdirSync(path.join(folder, place))
    for (const name of readdirSync(path.join(root, place)).filter((name) => name !== ".bin")) {
      symlinkSync(path.join(root, place, name), path.join(folder, place, name))
    }
  }
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }')
  return folder
}

/** `anneal` is the sources, under the condition that this project sets for itself. */
export const ofSources = (): string => {
  const folder = linked()
  symlinkSync(root, path.join(folder, "node_modules/anneal"))
  return folder
}

/** `anneal` is what a reader installs: built, from the sources as they are now. */
export const ofPackage = (): string => {
  const folder = linked()
  const anneal = path.join(folder, "node_modules/anneal")
  mkdirSync(anneal)
  copyFileSync(path.join(root, "package.json"), path.join(anneal, "package.json"))
  // For a program that runs from the sources, and wants those for what it loads.
  symlinkSync(path.join(root, "src"), path.join(anneal, "src"))
  const compiler = path.join(root, "node_modules/typescript/bin/tsc")
  const settings = path.join(root, "tsconfig.build.json")
  execFileSync(process.execPath, [compiler, "--project", settings, "--outDir", path.join(anneal, "dist/lib")])
  symlinkSync(path.join(root, "bin/anneal.mjs"), path.join(folder, "node_modules/.bin/anneal"))
  return folder
}

export const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true })
