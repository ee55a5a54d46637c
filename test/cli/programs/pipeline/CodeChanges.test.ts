import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestConsole } from "effect/testing"
import * as App from "../../../../src/cli/App.ts"
import * as CodeChanges from "../../../../src/cli/programs/pipeline/CodeChanges.ts"
import * as Database from "../../../../src/layers/cache/Database.ts"

/** A folder in the checkout, where a module finds Effect. */
const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(import.meta.dirname, ".changes-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const outline = (folder: string) =>
  Effect.gen(function* () {
    const cache = ["--cache", join(folder, "cache")]
    yield* App.run(["pipeline", "outline", join(folder, "pipeline.ts"), ...cache])
    const [errors, [stage]] = [yield* TestConsole.errorLines, yield* TestConsole.logLines]
    return { warnings: errors.map(String), stage: String(stage) }
  }).pipe(Effect.provide(Layer.merge(NodeServices.layer, TestConsole.layer), { local: true }))

const run = (folder: string) =>
  App.run(["pipeline", "run", join(folder, "pipeline.ts"), "--cache", join(folder, "cache")]).pipe(
    Effect.provide(Layer.merge(NodeServices.layer, TestConsole.layer), { local: true })
  )

const written = Effect.map(temporary, (folder) => {
  const text = readFileSync(join(import.meta.dirname, "fixtures/parametrized.ts"), "utf8")
  const plain = text.replace(
    /Schema\.Int,\n {2}order/,
    "Schema.Int.pipe(Schema.withDecodingDefaultKey(Effect.succeed(1))),\n  order"
  )
  writeFileSync(join(folder, "pipeline.ts"), `import "./step.ts"\n${plain}`)
  writeFileSync(join(folder, "step.ts"), "export const factor = 1\n")
  return folder
})

describe("code that changed under the same version", () => {
  it.live("is warned about, with the file that changed, until the version is raised", () =>
    Effect.gen(function* () {
      const folder = yield* written
      yield* run(folder)
      assert.deepStrictEqual((yield* outline(folder)).warnings, [])
      writeFileSync(join(folder, "step.ts"), "export const factor = 2\n")
      const { stage, warnings } = yield* outline(folder)
      assert.match(stage, /cached, although step\.ts changed/)
      assert.lengthOf(warnings, 1)
      assert.match(
        warnings[0] ?? "",
        /^warning: stage count was cached by version 1, and \S*step\.ts changed since: raise its version if that changes the result$/
      )
    })
  )

  it.live("is not known of a result that an older version cached", () =>
    Effect.gen(function* () {
      const folder = yield* written
      yield* run(folder)
      yield* Effect.scoped(
        Effect.flatMap(Database.open(join(folder, "cache", "cache.db")), (database) =>
          database.run("UPDATE stage SET record = json_remove(record, '$.modules')")
        )
      )
      writeFileSync(join(folder, "step.ts"), "export const factor = 2\n")
      const { stage, warnings } = yield* outline(folder)
      assert.match(stage, /cached$/)
      assert.deepStrictEqual(warnings, [])
    })
  )

  it("is one sentence for all stages of the same files", () => {
    const change = { module: join(process.cwd(), "src", "p.ts"), paths: ["p.ts", "../a.ts"] }
    const stages = ["draw", "train", "train"].map((stage) => ({ stage, version: 2, change }))
    assert.deepStrictEqual(CodeChanges.sentences([...stages, { stage: "sum", version: 1 }]), [
      "stages draw and train were cached, and src/p.ts and a.ts changed since: raise the version of each whose result that changes"
    ])
  })
})
