/**
 * How long the catalogue takes with 10,000 runs: opening and listing, filtering by a metric, finding one by id.
 *
 * Run: node bench/registry.ts
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Registry from "../src/layers/registry/Registry.ts"
import * as RegistryDatabase from "../src/layers/registry/RegistryDatabase.ts"
import type { RunEntry } from "../src/layers/registry/RunEntry.ts"

const runs = 10_000
const folder = mkdtempSync(join(tmpdir(), "anneal-bench-"))

const entry = (i: number): RunEntry => ({
  id: (i * 2_654_435_761).toString(36).slice(0, 8).padEnd(8, "x"),
  path: join(folder, "train/text_detection", `exp_${i % 20}`, `run_${i}`),
  kind: "train",
  task: "text_detection",
  experiment: `exp_${i % 20}`,
  status: "done",
  started: new Date(1_700_000_000_000 + i * 60_000).toISOString(),
  ended: new Date(1_700_000_030_000 + i * 60_000).toISOString(),
  seconds: 30,
  seed: i,
  steps: 1000,
  engine: "wasm",
  commit: "0123456789abcdef0123456789abcdef01234567",
  dirty: false,
  metrics: {
    "val/hmean": (i % 1000) / 1000,
    "val/precision": 0.5,
    "val/recall": 0.5,
    "train/loss": 1 / (i + 1)
  },
  overrides: [`seed=${i}`, "trainer.max_epochs=3"],
  error: null,
  parent: null,
  resumes: 0
})

/** Folders that the catalogue looks for, with nothing in them: what lists reads is names. */
const makeFolders = Effect.sync(() => {
  for (let i = 0; i < runs; i++) mkdirSync(entry(i).path, { recursive: true })
})

const fill = Effect.scoped(
  Effect.flatMap(RegistryDatabase.open(join(folder, "registry.sqlite")), (database) =>
    database.put(Array.from({ length: runs }, (_, i) => ({ run: entry(i), checkpoints: [], written: 0 })))
  )
)

const timed = (
  name: string,
  use: (registry: Registry.Registry["Service"]) => Effect.Effect<unknown, unknown>
) =>
  Effect.gen(function* () {
    const times: Array<number> = []
    for (let i = 0; i < 7; i++) {
      const begun = performance.now()
      yield* Effect.scoped(
        Registry.Registry.use(use).pipe(Effect.provide(Registry.layer(folder), { local: true }))
      )
      times.push(performance.now() - begun)
    }
    const [median = 0] = times.toSorted((a, b) => a - b).slice(3)
    console.log(`${name.padEnd(36)} first ${times[0]?.toFixed(1)} ms, median ${median.toFixed(1)} ms`)
  })

await Effect.runPromise(
  Effect.gen(function* () {
    yield* makeFolders
    yield* fill
    yield* timed(`open and list all ${runs}`, ({ list }) => list())
    yield* timed("open and list the newest 50", ({ list }) => list({ limit: 50 }))
    yield* timed("open, filter and sort by a metric", ({ list }) =>
      list({ where: ["val/hmean>0.5"], sort: "-val/hmean" })
    )
    yield* timed("open and find one by id", ({ find }) => find(entry(5000).id))
  }).pipe(
    Effect.provide(NodeFileSystem.layer),
    Effect.ensuring(Effect.sync(() => rmSync(folder, { recursive: true })))
  )
)
