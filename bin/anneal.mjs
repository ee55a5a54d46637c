#!/usr/bin/env node
// Starts the command line: the bundle in dist/, or in a checkout the sources where they are newer than the bundle.
// Plain JavaScript with few imports, since every start passes here and an old Node must be able to read it.
import { existsSync, readdirSync, statSync } from "node:fs"
import module from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const sources = fileURLToPath(new URL("../src", import.meta.url))
const bundle = new URL("../dist/cli/main.mjs", import.meta.url)

/** Milliseconds since 1970 of the newest change below a folder. A folder's own time tells of what was deleted. */
const newest = (/** @type {string} */ folder) =>
  readdirSync(folder, { recursive: true }).reduce(
    (time, name) => Math.max(time, statSync(join(folder, String(name))).mtimeMs),
    statSync(folder).mtimeMs
  )

const entry = () => {
  const built = existsSync(bundle) ? statSync(bundle).mtimeMs : 0
  return existsSync(sources) && newest(sources) > built
    ? new URL("../src/cli/main.ts", import.meta.url)
    : bundle
}

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `anneal needs Node 22.19 or newer, and this is ${process.version}. In a checkout, \`npx anneal\` runs on the Node that npm installed; elsewhere install Node 24.`
  )
  process.exitCode = 1
} else {
  module.enableCompileCache()
  await import(entry().href)
}
