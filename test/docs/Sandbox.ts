/** A folder of somebody who has packages of this checkout installed: they are linked, and nothing is fetched. */
import { execFileSync } from "node:child_process"
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import * as Built from "../../scripts/built.ts"
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

/** The library, as it was built if that is of these sources. */
const library = (to: string): void => {
  if (Built.isFresh()) return cpSync(path.join(root, "dist/lib"), to, { recursive: true })
  const compiler = path.join(root, "node_modules/typescript/bin/tsc")
  const settings = path.join(root, "tsconfig.build.json")
  execFileSync(process.execPath, [compiler, "--project", settings, "--outDir", to])
}

/** `anneal` is what a reader installs: built, from the sources as they are now. */
export const ofPackage = (): string => {
  const folder = linked()
  const anneal = path.join(folder, "node_modules/anneal")
  mkdirSync(anneal)
  copyFileSync(path.join(root, "package.json"), path.join(anneal, "package.json"))
  // For a program that runs from the sources, and wants those for what it loads.
  for (const name of ["src", "configs", "templates", "examples"])
    symlinkSync(path.join(root, name), path.join(anneal, name))
  library(path.join(anneal, "dist/lib"))
  // The program is of the same package, since it shares itself with the modules of the reader. With their times, by
  // which it knows whether the bundles are older than the sources.
  for (const name of ["bin", "dist/cli", "dist/shared"]) {
    const from = path.join(root, name)
    if (existsSync(from)) cpSync(from, path.join(anneal, name), { recursive: true, preserveTimestamps: true })
  }
  symlinkSync(path.join(anneal, "bin/anneal.mjs"), path.join(folder, "node_modules/.bin/anneal"))
  return folder
}

export const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true })
