/** A project of somebody else's: a folder of its own, in which `anneal` and `effect` are installed as links to ours. */
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const root = join(import.meta.dirname, "../..")

/** A project without a file of its own; the caller removes it. */
export const empty = (): string => {
  const project = mkdtempSync(join(tmpdir(), "anneal-project-"))
  mkdirSync(join(project, "node_modules"))
  symlinkSync(root, join(project, "node_modules/anneal"))
  for (const name of ["effect", "@effect"])
    symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name))
  writeFileSync(join(project, "package.json"), '{ "type": "module" }\n')
  return project
}

/** The project of the fixture, with a task of its own. */
export const foreign = (): string => {
  const project = empty()
  cpSync(join(root, "test/e2e/fixtures/foreign"), project, { recursive: true })
  return project
}
