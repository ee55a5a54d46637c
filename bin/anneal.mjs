#!/usr/bin/env node
// Starts the command line: the bundle in dist/, or in a checkout the sources where they are newer than the bundle.
// Plain JavaScript with few imports, since every start passes here and an old Node must be able to read it.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import module from "node:module"
import { fileURLToPath } from "node:url"

const sources = fileURLToPath(new URL("../src", import.meta.url))

/**
 * Whether a text file names a task or a layout of data by the path of a module: `task: ./src/task.ts`.
 *
 * @type {(path: string) => boolean}
 */
const namesModule = (path) =>
  /\.ya?ml$/.test(path) && /^\s*["']?(?:task|format)["']?\s*:\s*["']?[./~]/m.test(readFileSync(path, "utf8"))

/**
 * Whether a config in a folder does; what cannot be read is reported by the command itself. The primary configs, which
 * mostly say it, lie at the top.
 *
 * @type {(folder: string) => boolean}
 */
const anyNamesModule = (folder) => {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return false
  const entries = readdirSync(folder, { withFileTypes: true })
  return (
    entries.some((entry) => entry.isFile() && namesModule(`${folder}/${entry.name}`)) ||
    entries.some((entry) => entry.isDirectory() && anyNamesModule(`${folder}/${entry.name}`))
  )
}

/**
 * The folders of configs that a command line names, and the one that is read without being named.
 *
 * @type {(args: ReadonlyArray<string>) => ReadonlyArray<string>}
 */
const configFolders = (args) => {
  const named = args.flatMap((arg, i) => {
    const [flag, value] = /^(?:--config-(?:dir|path)|-cd|-cp)(?:=(.*))?$/.exec(arg) ?? []
    return flag === undefined ? [] : [value ?? args[i + 1] ?? ""]
  })
  return ["configs", ...named]
}

/**
 * Whether the command loads a module of the user's own, a pipeline, a task or a layout of data: such a module needs the
 * bundle that shares Effect and Anneal with it. The other bundle starts faster.
 *
 * @type {(args: ReadonlyArray<string>) => boolean}
 */
const loadsModule = (args) => {
  const [command = ""] = args
  // Completion names the shell before the words that it completes.
  if (/^(?:pipeline|complete \S+ pipeline|runs resume|export)\b/.test(args.slice(0, 3).join(" "))) return true
  if (!["train", "test", "predict", "config", "complete", "runs", "data"].includes(command)) return false
  return (
    args.some(
      (arg) =>
        /^\+{0,2}(?:task|data\.format)=.*[./\\]/.test(arg) ||
        /^(?:--(?:format|as)=)?[^=]*\.m?[jt]s$/.test(arg)
    ) || configFolders(args).some(anyNamesModule)
  )
}

const [folder, main] = loadsModule(process.argv.slice(2)) ? ["shared", "sharedMain"] : ["cli", "main"]
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
