/** Whether `dist/` is what the sources give now, by times, as bin/anneal.mjs has it; and a build where it is not. */
import { execFileSync } from "node:child_process"
import { globSync, statSync } from "node:fs"
import path from "node:path"

const root = path.dirname(import.meta.dirname)

/** What a build is made of. A folder's own time tells of what was deleted. */
const inputs = [
  "{src,scripts}/**",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json"
]

/** What a build makes, one of each of its parts. */
const outputs = ["dist/cli/main.mjs", "dist/shared/sharedMain.mjs", "dist/lib/index.js"]

const timeOf = (file: string): number =>
  statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0

export const isFresh = (): boolean => {
  const oldest = Math.min(...outputs.map(timeOf))
  return globSync(inputs, { cwd: root }).every((file) => timeOf(file) <= oldest)
}

/** Builds, unless it has been built. */
export const ensure = (): void => {
  if (!isFresh()) execFileSync(process.execPath, [path.join(root, "scripts/build.ts")], { stdio: "ignore" })
}
