/**
 * Checks the package that `npm publish` would send: publint checks its manifest and files, attw (Are the types
 * wrong?) the types of each entry.
 *
 * Run: `node scripts/package.ts`. It packs, and builds `dist/` first where the sources are newer.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core"
import { problemAffectsResolutionKind } from "@arethetypeswrong/core/problems"
import { publint } from "publint"
import { formatMessage } from "publint/utils"
import * as Built from "./built.ts"

const root = path.dirname(import.meta.dirname)

const packed = (): Uint8Array<ArrayBuffer> => {
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-package-"))
  Built.ensure()
  const said = execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"]
  })
  const archive = new Uint8Array(readFileSync(path.join(folder, said.trim().split("\n").at(-1) ?? "")))
  rmSync(folder, { recursive: true })
  return archive
}

const manifestProblems = async (archive: Uint8Array<ArrayBuffer>): Promise<ReadonlyArray<string>> => {
  const { messages, pkg } = await publint({ pack: { tarball: archive.buffer }, strict: true })
  return messages.map(
    (message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`
  )
}

/**
 * The package contains only ES modules: CommonJS modules, and compilers without support for `exports`, do not matter.
 */
const resolutions = ["node16-esm", "bundler"] as const

const typeProblems = async (archive: Uint8Array) => {
  const result = await checkPackage(createPackageFromTarballData(archive))
  if (result.types === false) return { entries: 0, problems: ["attw: the package has no types"] }
  const problems = result.problems
    .filter((problem) => resolutions.some((kind) => problemAffectsResolutionKind(problem, kind, result)))
    .map((problem) => `attw: ${JSON.stringify(problem)}`)
  return { entries: Object.keys(result.entrypoints).length, problems }
}

const archive = packed()
const { entries, problems } = await typeProblems(archive)
const all = [...(await manifestProblems(archive)), ...problems]
for (const problem of all) console.error(problem)
console.log(
  `Checked ${entries} entries: ${all.length === 0 ? "the package is sound" : `${all.length} problem(s)`}`
)
process.exitCode = all.length === 0 ? 0 : 1
