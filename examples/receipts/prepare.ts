/** Draws receipts with their annotations, until you have receipts of your own. */
import { Artifact } from "anneal/Artifact"
import * as Stage from "anneal/Stage"
import * as SynthFolder from "anneal/tasks/textDetection/SynthFolder"
import { Workspace } from "anneal/Workspace"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

export const prepare = Stage.make("prepare", {
  version: 1,
  input: {},
  parameters: { count: Schema.Int, seed: Schema.Int },
  output: Artifact,
  run: Effect.fn("prepare")(function* (_, { count, seed }) {
    const { path, keep } = yield* Workspace
    yield* Stream.runDrain(SynthFolder.write({ folder: `${path}/receipts`, count, seed, overwrite: true }))
    return yield* keep("receipts")
  })
})
