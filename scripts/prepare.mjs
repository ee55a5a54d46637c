// Builds after `npm ci` and before `npm pack`. Plain JavaScript: npm runs it even if the tools that it needs are
// omitted on purpose (`npm ci --omit=dev`), with any Node that the machine has.
import module from "node:module"

const require = module.createRequire(import.meta.url)

const installed = ["rolldown", "typescript"].every((name) => {
  try {
    return require.resolve(`${name}/package.json`) !== ""
  } catch {
    return false
  }
})

if (installed) await import("./build.ts")
else console.log("anneal: not built, since the development dependencies are not installed")
