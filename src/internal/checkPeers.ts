/**
 * Refuses, when it is imported, peers that cannot work: an unsupported version, or two copies. The build adds its
 * import before all others in each public module of the package.
 */
import packageJson from "anneal/package.json" with { type: "json" }
import * as Peers from "./Peers.ts"

const { existsSync, realpathSync } = process.getBuiltinModule("node:fs")
const { dirname, sep } = process.getBuiltinModule("node:path")

/** The folder of the running program: that of its first module, or where a runner from `node_modules` was started. */
const project = (): string => {
  const [, main] = process.argv
  if (main === undefined || !existsSync(main)) return process.cwd()
  const file = realpathSync.native(main)
  return file.includes(`${sep}node_modules${sep}`) ? process.cwd() : dirname(file)
}

// Undefined if it is bundled into a program, which then has the Effect that it was bundled with.
const [, anneal] = /^(.*)[\\/]dist[\\/]lib[\\/]internal$/.exec(import.meta.dirname) ?? []

const sentence =
  anneal === undefined
    ? undefined
    : Peers.problem(packageJson.peerDependencies, { anneal, project: project() })

if (sentence !== undefined) throw Peers.refusal(sentence)
