/** A folder of somebody who installed this checkout: packages are linked, `anneal` among them, and nothing is fetched. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { root } from "./Pages.ts"

export const make = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-docs-"))
  const modules = path.join(folder, "node_modules")
  mkdirSync(modules)
  for (const name of readdirSync(path.join(root, "node_modules"))) {
    symlinkSync(path.join(root, "node_modules", name), path.join(modules, name))
  }
  symlinkSync(root, path.join(modules, "anneal"))
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }')
  return folder
}

export const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true })
