/** Where the package and its configs are, and its versions. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import packageJson from "anneal/package.json" with { type: "json" }
import { packageRoot } from "../internal/PackageRoot.ts"

/** The configs that come with the package. */
export const packagedConfigs: string = join(packageRoot, "configs")

/** The configs that every task has: trainer, optimizers, schedules, callbacks, loggers. */
export const commonConfigs: string = join(packagedConfigs, "common")

/** The configs of the working folder, where it has some. */
export const localConfigs = (cwd: string): string | undefined => {
  const path = join(cwd, "configs")
  return existsSync(path) && path !== packagedConfigs ? path : undefined
}

export const versions: { readonly [name: string]: string } = {
  anneal: packageJson.version,
  effect: packageJson.devDependencies.effect,
  node: process.versions.node
}
