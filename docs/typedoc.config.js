// The reference: every module of the package, from its doc comments.
import { globSync, readFileSync } from "node:fs"

const { exports } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))

/** The source of each module by its name, `anneal/testing` aside, which is a module of namespaces. */
export const modules = new Map(
  Object.entries(exports).flatMap(([name, target]) =>
    name.startsWith("./") && name !== "./testing" && typeof target === "object"
      ? [[name.slice("./".length), target["@anneal/source"]]]
      : []
  )
)

export default {
  entryPoints: [
    ...[...modules.values()].map((file) => `../${file}`),
    ...globSync("../src/testing/*.ts", {
      cwd: import.meta.dirname,
      exclude: ["../src/testing/index.ts"]
    })
  ],
  tsconfig: "../tsconfig.json",
  skipErrorChecking: true,
  plugin: ["typedoc-plugin-markdown", "./.vitepress/reference.js"],
  out: "api",
  router: "module",
  readme: "none",
  entryFileName: "index",
  hidePageHeader: true,
  hideBreadcrumbs: true,
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  groupOrder: ["Functions", "Variables", "Classes", "Interfaces", "Type Aliases", "*"],
  // Types that a signature mentions and that nobody imports are not pages.
  validation: { notExported: false },
  useCodeBlocks: true,
  expandObjects: true,
  indexFormat: "table",
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeDeclarationFormat: "table",
  basePath: "../src"
}
