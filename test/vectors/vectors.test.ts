import * as fs from "node:fs"
import * as path from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Runner from "./Runner.ts"
import { sections } from "./sections.ts"

const folder = path.resolve(import.meta.dirname, "../../../shared/vectors/hydra")
const isThere = fs.existsSync(folder)
if (!isThere) console.log(`skipped: the Hydra vectors are not at ${folder}`)

describe.skipIf(!isThere)("the Hydra vectors", () => {
  it.effect(
    "all pass",
    () =>
      Effect.gen(function* () {
        const json = fs.readFileSync(path.join(folder, "cases.json"), "utf8")
        const reports = yield* Runner.run(json, path.join(folder, "configs"), sections)
        assert.isTrue(Runner.isComplete(reports), Runner.format(reports))
      }).pipe(Effect.provide(NodeServices.layer)),
    120_000
  )
})
