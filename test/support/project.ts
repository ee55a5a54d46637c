/** A project of somebody else's: a folder of its own, in which `anneal` and `effect` are installed as links to ours. */
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const root = join(import.meta.dirname, "../..")

/** A copy of the project in a folder, ready to run; the caller removes it. */
export const copyOf = (folder: string): string => {
  const project = mkdtempSync(join(tmpdir(), "anneal-project-"))
  cpSync(folder, project, { recursive: true })
  mkdirSync(join(project, "node_modules"))
  symlinkSync(root, join(project, "node_modules/anneal"))
  for (const name of ["effect", "@effect"])
    symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name))
  writeFileSync(join(project, "package.json"), '{ "type": "module" }\n')
  return project
}

/** The task of the fixture, in a project of its own. */
export const foreign = (): string => copyOf(join(root, "test/e2e/fixtures/foreign"))
