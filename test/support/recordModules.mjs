// Preloaded with `node --import`: writes the address of every module that the process loads, one a line, into the
// file that ANNEAL_RECORD_MODULES names. Plain JavaScript, so that nothing but Node itself has to run first.
import { appendFileSync, writeFileSync } from "node:fs"
import module from "node:module"

const file = process.env["ANNEAL_RECORD_MODULES"]
if (file === undefined) throw new Error("ANNEAL_RECORD_MODULES must name the file to write to")

// A thread of the process adds to what its main thread began. By this way the module asked is not loaded by name.
if (process.getBuiltinModule("node:worker_threads").isMainThread) writeFileSync(file, "")

// At once and not at the end: a process that is killed has loaded its modules all the same.
module.registerHooks({
  load(url, context, nextLoad) {
    appendFileSync(file, `${url}\n`)
    return nextLoad(url, context)
  }
})
