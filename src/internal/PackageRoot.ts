/** The folder of the `anneal` package, in a checkout and when installed. */
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

// Resolving `anneal/package.json` finds the same, but every start would wait a millisecond for it.
const above = (folder: string): string =>
  existsSync(join(folder, "package.json")) ? folder : above(dirname(folder))

export const packageRoot: string = above(dirname(fileURLToPath(import.meta.url)))
