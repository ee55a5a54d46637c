// The reference: what `anneal`, `anneal/testing` and the layers that a program provides say in their doc comments.
import { globSync, readFileSync } from "node:fs"

const index = readFileSync(new URL("../src/index.ts", import.meta.url), "utf8")
const namespaces = [...index.matchAll(/^export \* as \w+ from "\.\/(.+)"/gm)].map(
  ([, file]) => `../src/${file}`
)

const layers = [
  "cache/CacheDirectory",
  "cache/StageCheckpoints",
  "checkpoint/CheckpointDirectory",
  "data/WorkerPool",
  "device/AutoDevice",
  "device/Device",
  "image/Canvas",
  "image/ImageCodec",
  "logger/RunLogger",
  "run/RunDirectory"
].map((name) => `../src/layers/${name}.ts`)

export default {
  entryPoints: [
    ...namespaces,
    "../src/config/Config.ts",
    "../src/cli/MainProgram.ts",
    "../src/pipeline/plan/LoggerPlan.ts",
    ...globSync("../src/testing/*.ts", { exclude: ["../src/testing/index.ts"] }),
    ...layers
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
