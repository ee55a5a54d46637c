/**
 * Refuses, as it is imported, peers that cannot work: of a version that Anneal was not made for, or there twice. The
 * build puts its import before all others of each public module of the package.
 */
import packageJson from "anneal/package.json" with { type: "json" }
import * as Peers from "./Peers.ts"

const { existsSync, realpathSync } = process.getBuiltinModule("node:fs")
const { dirname, sep } = process.getBuiltinModule("node:path")

/** Where the program is that runs: beside its first module, or where a runner from `node_modules` was started. */
const project = (): string => {
  const [, main] = process.argv
  if (main === undefined || !existsSync(main)) return process.cwd()
  const file = realpathSync.native(main)
  return file.includes(`${sep}node_modules${sep}`) ? process.cwd() : dirname(file)
}

// Of its own package, or bundled into a program, where what it was bundled with is what it has.
const [, anneal] = /^(.*)[\\/]dist[\\/]lib[\\/]internal$/.exec(import.meta.dirname) ?? []

const sentence =
  anneal === undefined
    ? undefined
    : Peers.problem(packageJson.peerDependencies, { anneal, project: project() })

if (sentence !== undefined) throw Peers.refusal(sentence)
