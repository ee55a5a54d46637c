#!/usr/bin/env node
// Starts the command line: the bundle in dist/, or in a checkout the sources where they are newer than the bundle.
// Plain JavaScript with few imports, since every start passes here and an old Node must be able to read it.
import { existsSync, readdirSync, statSync } from "node:fs"
import module from "node:module"
import { fileURLToPath } from "node:url"

const sources = fileURLToPath(new URL("../src", import.meta.url))
// The one command that loads somebody's own module has a bundle of its own, which shares with it what both import.
const [folder, main] = process.argv[2] === "pipeline" ? ["pipeline", "pipelineMain"] : ["cli", "main"]
// The package holds the sources of the library, for people to read; the command line's entries are in a checkout only.
const isCheckout = existsSync(`${sources}/cli/${main}.ts`)
const bundle = new URL(`../dist/${folder}/${main}.mjs`, import.meta.url)

/**
 * Whether anything in a folder changed after a time, in milliseconds since 1970. A folder's own time tells of what was
 * deleted. Names are joined by hand, since every start waits for this.
 *
 * @type {(folder: string, time: number) => boolean}
 */
const changedSince = (folder, time) =>
  statSync(folder).mtimeMs > time ||
  readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? changedSince(path, time) : statSync(path).mtimeMs > time
  })

const entry = () => {
  const built = existsSync(bundle) ? statSync(bundle).mtimeMs : 0
  return isCheckout && changedSince(sources, built)
    ? new URL(`../src/cli/${main}.ts`, import.meta.url)
    : bundle
}

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `anneal needs Node 22.19 or newer, and this is ${process.version}. In a checkout, \`npx anneal\` runs on the Node that npm installed; elsewhere install Node 24.`
  )
  process.exitCode = 1
} else {
  // Deno has no such cache, and keeps its own.
  module.enableCompileCache?.()
  await import(entry().href)
}
