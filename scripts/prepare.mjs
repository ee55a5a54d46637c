// Builds after `npm ci` and before `npm pack`. Plain JavaScript: npm runs it also where the tools that it needs are
// left out on purpose (`npm ci --omit=dev`), on whatever Node the machine has.
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
