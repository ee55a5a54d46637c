/**
 * Runs the tests of the library, and one small training with one thread and with two, on Node, Bun and Deno, and
 * compares the weights bit for bit.
 *
 * Run: `npm run test:runtimes`, after `npm run build`, with `bun` and `deno` on the PATH; `-- deno` runs some of
 * them. WebAssembly does not specify whether `f32x4.relaxed_madd`, which the kernels use, rounds once or twice: only
 * runtimes that round alike have the same bits. The number of threads never changes a bit.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"

const root = path.dirname(import.meta.dirname)
const program = path.join(root, "bin/anneal.mjs")
const vitest = path.join(root, "node_modules/vitest/vitest.mjs")

interface Runtime {
  readonly name: string
  /** The program, and its arguments before the file to run. */
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** Options for Vitest: in Bun, worker processes do not end. */
  readonly vitest: ReadonlyArray<string>
}

const runtimes: ReadonlyArray<Runtime> = [
  { name: "node", command: process.execPath, args: [], vitest: [] },
  {
    name: "bun",
    command: "bun",
    args: ["--bun"],
    vitest: ["--pool=threads", "--no-isolate", "--maxWorkers=1"]
  },
  { name: "deno", command: "deno", args: ["run", "-A"], vitest: [] }
]

/**
 * A module of WebAssembly with one function of a, b and c: each in all lanes (f32x4.splat), f32x4.relaxed_madd, and the
 * first lane of a * b + c.
 */
const relaxed = "AGFzbQEAAAABCAFgA319fQF9AwIBAAcFAQFmAAAKFgEUACAA/RMgAf0TIAL9E/2FAv0fAAs="

/** (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24 if it is rounded once, and 0 if the square is rounded as well. */
const probe = `
import { Buffer } from "node:buffer"
const { f } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from("${relaxed}", "base64"))).exports
console.log(f(1 + 2 ** -12, 1 + 2 ** -12, -(1 + 2 ** -11)) === 0 ? "twice" : "once")
`

const folder = mkdtempSync(path.join(tmpdir(), "anneal-runtimes-"))

const on = ({ command, args }: Runtime, file: string, ...words: ReadonlyArray<string>): string =>
  execFileSync(command, [...args, file, ...words], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"]
  })

/** A training of seconds on the receipts of `folder`. */
const small = [
  "data=receipts",
  "data.root=data",
  "data.augment.crop=64",
  "data.long_side=128",
  "model=dbnet_tiny",
  "trainer.accelerator=wasm",
  "trainer.max_epochs=1",
  "figure_images=0"
]

/** The digest of all tensors in a training's last checkpoint. */
const trained = (runtime: Runtime, threads: number): string => {
  const name = `${runtime.name}_${threads}`
  on(runtime, program, "train", ...small, `trainer.threads=${threads}`, `exp_name=${name}`)
  const files = globSync(`outputs/experiments/train/*/${name}/*/checkpoints/last/*.safetensors`, {
    cwd: folder
  })
  if (files.length === 0) throw new Error(`the training on ${runtime.name} left no checkpoint`)
  const hash = createHash("sha256")
  for (const file of files.sort()) hash.update(readFileSync(path.join(folder, file)))
  return hash.digest("hex").slice(0, 16)
}

const tested = ({ name, command, args, vitest: options }: Runtime): boolean => {
  const tests = ["test/pipeline", "test/layers/checkpoint", "test/layers/device/threads.test.ts"]
  const words = [...args, vitest, "run", "--project", "unit", "--reporter=dot", ...options, ...tests]
  // On Node they are part of the normal tests.
  return name === "node" || spawnSync(command, words, { cwd: root, stdio: "inherit" }).status === 0
}

const problems: Array<string> = []
const chosen = process.argv.slice(2)
/** The bits for each way of rounding, and the first runtime that had them. */
const seen = new Map<string, { readonly name: string; readonly bits: string }>()

const examine = (runtime: Runtime): void => {
  const { name, command } = runtime
  if (spawnSync(command, ["--version"]).status !== 0) {
    problems.push(
      `${name} is not on the PATH: npm install --prefix /tmp/runtimes ${name}, and put /tmp/runtimes/node_modules/.bin on the PATH`
    )
    return
  }
  if (!tested(runtime)) problems.push(`tests fail on ${name}`)
  const rounds = on(runtime, "probe.mjs").trim()
  const [one, two] = [trained(runtime, 1), trained(runtime, 2)]
  console.log(
    `${name}: one thread ${one}, two threads ${two}; products and sums are rounded ${rounds} together`
  )
  if (one !== two) problems.push(`${name} has other bits with two threads than with one`)
  const first = seen.get(rounds)
  if (first === undefined) seen.set(rounds, { name, bits: one })
  else if (first.bits !== one) problems.push(`${name} has other bits than ${first.name}, and rounds alike`)
}

writeFileSync(path.join(folder, "probe.mjs"), probe)
execFileSync(process.execPath, [program, "data", "synth", "--out", "data", "--count", "12"], {
  cwd: folder,
  stdio: "ignore"
})
for (const runtime of runtimes) {
  if (runtime.name === "node" || chosen.length === 0 || chosen.includes(runtime.name)) examine(runtime)
}
rmSync(folder, { recursive: true, force: true })
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
