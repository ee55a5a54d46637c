/**
 * node bench/fuzz-formats.ts [--files 1000] [--seed 1]
 *
 * Feeds each format's reader with mutated files of its tool: 1000 each are 14,000 in all. Every file must be read, or
 * be refused with a typed error that names file, line and column. Prints counts and exits 1 on anything else.
 */
import { parseArgs } from "node:util"
import * as Effect from "effect/Effect"
import * as Fuzz from "../test/tasks/textDetection/format/Fuzz.ts"

const { values } = parseArgs({
  options: { files: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } }
})

const started = performance.now()
const counts = await Effect.runPromise(Fuzz.all(Number(values.files), Number(values.seed)))
for (const { format, read, refused } of counts) {
  console.log(`${format.padEnd(12)} ${String(read).padStart(6)} read ${String(refused).padStart(6)} refused`)
}
const files = counts.reduce((sum, { read, refused }) => sum + read + refused, 0)
console.log(`${files} files in ${((performance.now() - started) / 1000).toFixed(1)} s: typed errors only`)
