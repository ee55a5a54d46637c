/** The `package.json` of a new project. */
import { basename } from "node:path"
import packageJson from "anneal/package.json" with { type: "json" }

/** A name that npm accepts, made from the name of the folder. */
const packageName = (folder: string): string =>
  basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "") || "project"

export interface Options {
  readonly folder: string
  /** The version of anneal. */
  readonly anneal: string
  readonly scripts: { readonly [name: string]: string }
}

export const text = ({ folder, anneal, scripts }: Options): string => {
  const { devDependencies, peerDependencies } = packageJson
  const versions: Readonly<Record<string, string>> = devDependencies
  const value = {
    name: packageName(folder),
    version: "0.0.0",
    private: true,
    type: "module",
    scripts: {
      start: "anneal train",
      test: "vitest run",
      types: "tsc --noEmit",
      schema: "anneal config schema",
      // After `npm install`, so that an editor knows the keys of the configs.
      prepare: "anneal config schema",
      ...scripts
    },
    dependencies: {
      anneal,
      // These include the packages for pictures, which figures need.
      ...Object.fromEntries(Object.keys(peerDependencies).map((name) => [name, versions[name]]))
    },
    devDependencies: {
      "@effect/vitest": devDependencies["@effect/vitest"],
      "@types/node": devDependencies["@types/node"],
      node: devDependencies.node,
      typescript: devDependencies.typescript,
      vitest: devDependencies.vitest
    },
    // Anneal's own script is for its checkout.
    allowScripts: { ...packageJson.allowScripts, anneal: false }
  }
  return `${JSON.stringify(value, null, 2)}\n`
}
