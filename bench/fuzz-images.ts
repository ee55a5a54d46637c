/**
 * `npm run bench:fuzz-images -- [--files 10000] [--seed 1] [--decodes 2000]`
 *
 * Damages pictures of all kinds that are read (flipped bits, truncation, headers that lie, spliced pieces) and reads
 * each in a process of its own, so that a crash of the image library is seen and counted, with the number that repeats
 * it. Every file must give pixels or a typed error with the file, the problem and a cure, in less than ten seconds. The
 * same files are then checked as data folders of 200, where each must be used or left out with its place. At last
 * damaged pictures are read `--decodes` times after as many for warm-up: resident memory may grow by 5 %.
 * Ends with 1 on any failure.
 */
import { fork } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer } from "effect"
import * as ImageCodec from "../src/layers/image/ImageCodec.ts"
import * as Fuzz from "../test/layers/image/Fuzz.ts"
import { kinds } from "../test/layers/image/PictureKinds.ts"
import * as DamagedFolder from "../test/tasks/textDetection/data/DamagedFolder.ts"
import { median } from "./fixtures/median.ts"
import { mostGrowth, resident } from "./fixtures/resident.ts"

const { values } = parseArgs({
  options: {
    files: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    decodes: { type: "string", default: "2000" },
    // What the process for itself is started with: the first number, and the folder for its file.
    from: { type: "string" },
    "from-folder": { type: "string", default: "0" },
    folder: { type: "string" }
  }
})
const [files, seed, decodes] = [Number(values.files), Number(values.seed), Number(values.decodes)]
const longest = 10_000
const inFolder = 200

type Message =
  | { readonly _tag: "Begun"; readonly index: number; readonly kind: string }
  | ({ readonly _tag: "Ended"; readonly index: number; readonly milliseconds: number } & Fuzz.Seen)
  | ({ readonly _tag: "Folder"; readonly next: number } & DamagedFolder.Checked)
  | { readonly _tag: "Memory"; readonly decodes: number; readonly resident: number }

const say = (message: Message): Effect.Effect<void> =>
  Effect.callback((resume) => {
    process.send?.(message, () => resume(Effect.void))
  })

const services = Layer.merge(ImageCodec.layer, NodeServices.layer)

/** In the process that may crash. */
const child = Effect.gen(function* () {
  const made = yield* Effect.promise(kinds)
  const path = join(values.folder ?? ".", "picture")
  for (let index = Number(values.from); index < files; index++) {
    yield* say({ _tag: "Begun", index, kind: made[index % made.length]?.name ?? "" })
    const begun = performance.now()
    const seen = yield* Fuzz.once(made, path, seed, index)
    yield* say({ _tag: "Ended", index, milliseconds: performance.now() - begun, ...seen })
  }
  for (let from = Number(values["from-folder"]); from < files; from += inFolder) {
    const checked = yield* DamagedFolder.check(made, seed, from, Math.min(inFolder, files - from))
    yield* say({ _tag: "Folder", next: from + inFolder, ...checked })
  }
  for (let count = 0; count <= 2 * decodes; count++) {
    if (count % Math.max(1, Math.floor(decodes / 5)) === 0) {
      yield* say({ _tag: "Memory", decodes: count, resident: resident() })
    }
    yield* Fuzz.once(made, path, seed, count)
  }
}).pipe(Effect.provide(services))

interface Tally {
  next: number
  nextFolder: number
  used: number
  skipped: number
  read: number
  refused: number
  slowest: { readonly milliseconds: number; readonly what: string }
  readonly failures: Array<string>
  readonly memory: Array<{ readonly decodes: number; readonly resident: number }>
}

const noteFolder = (
  tally: Tally,
  { next, used, skipped, wrong }: Extract<Message, { _tag: "Folder" }>
): void => {
  tally.nextFolder = next
  tally.used += used
  tally.skipped += skipped
  tally.failures.push(...wrong.map((what) => `in a folder: ${what}`))
}

const note = (tally: Tally, message: Message): void => {
  if (message._tag === "Memory") return void tally.memory.push(message)
  if (message._tag === "Folder") return noteFolder(tally, message)
  tally.next = message.index + 1
  if (message._tag === "Begun") return
  const what = `file ${message.index}, ${message.kind}`
  if (message.read) tally.read++
  else tally.refused++
  if (message.milliseconds > tally.slowest.milliseconds) {
    tally.slowest = { milliseconds: message.milliseconds, what }
  }
  if (message.wrong !== undefined) tally.failures.push(`${what}: ${message.wrong}`)
  if (message.milliseconds > longest) tally.failures.push(`${what}: ${message.milliseconds.toFixed(0)} ms`)
}

/** Runs the process from the next file on until it ends, and says how. */
const round = (tally: Tally, folder: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    let current = ""
    const asked = { files, seed, decodes, from: tally.next, "from-folder": tally.nextFolder, folder }
    const args = Object.entries(asked).flatMap(([name, value]) => [`--${name}`, String(value)])
    const made = fork(fileURLToPath(import.meta.url), args, { stdio: ["ignore", "inherit", "pipe", "ipc"] })
    let said = ""
    made.stderr?.on("data", (text: Buffer) => {
      said = (said + text.toString()).slice(-400)
    })
    made.on("message", (message: Message) => {
      if (message._tag === "Begun") current = `file ${message.index}, ${message.kind}`
      note(tally, message)
    })
    made.on("exit", (code, signal) =>
      resolve(code === 0 ? undefined : `${current}: the process ended with ${signal ?? code}: ${said.trim()}`)
    )
  })

const parent = async (): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), "fuzz-images-"))
  const tally: Tally = {
    next: 0,
    nextFolder: 0,
    used: 0,
    skipped: 0,
    read: 0,
    refused: 0,
    slowest: { milliseconds: 0, what: "" },
    failures: [],
    memory: []
  }
  const crashes: Array<string> = []
  while (crashes.length < 20) {
    const crash = await round(tally, folder)
    if (crash === undefined) break
    crashes.push(crash)
    // The files are done, so a folder did it: the next one is tried.
    if (tally.next >= files) tally.nextFolder += inFolder
  }
  rmSync(folder, { recursive: true })
  const failures = [...crashes, ...tally.failures]
  console.log(
    `${tally.read + tally.refused} files, seed ${seed}: ${tally.read} read, ${tally.refused} refused`
  )
  console.log(`in folders of ${inFolder}: ${tally.used} used, ${tally.skipped} pictures and words left out`)
  console.log(`slowest: ${tally.slowest.milliseconds.toFixed(0)} ms (${tally.slowest.what})`)
  console.log(`${failures.length === 0 ? "within" : "ABOVE "} failures: ${failures.length}`)
  for (const failure of failures.slice(0, 20)) console.log(`  ${failure}`)
  return failures.length + (flat(tally.memory) ? 0 : 1)
}

const flat = (memory: Tally["memory"]): boolean => {
  for (const seen of memory) {
    console.log(
      `${String(seen.decodes).padStart(6)} decodes  ${(seen.resident / 2 ** 20).toFixed(1)} MiB resident`
    )
  }
  // Medians, since allocators give back pages now and then.
  const settled = memory.filter((seen) => seen.decodes >= decodes).map(({ resident }) => resident)
  const middle = settled.length >> 1
  const growth = median(settled.slice(middle)) / median(settled.slice(0, middle)) - 1
  console.log(
    `${growth < mostGrowth ? "within" : "ABOVE "} resident memory over ${decodes} decodes: ${(100 * growth).toFixed(1)} %, less than ${100 * mostGrowth} % is asked for`
  )
  return growth < mostGrowth
}

if (values.from === undefined) process.exitCode = (await parent()) === 0 ? 0 : 1
else await Effect.runPromise(child)
