/** Exports the weights with their metrics, without the optimizer's state. */
import { Artifact } from "anneal/Artifact"
import { Checkpoints } from "anneal/Checkpoints"
import * as FitCheckpoint from "anneal/FitCheckpoint"
import * as StageCheckpoints from "anneal/layers/cache/StageCheckpoints"
import * as Stage from "anneal/Stage"
import { Workspace } from "anneal/Workspace"
import * as Effect from "effect/Effect"
import { evaluate } from "./evaluate.ts"

export const exportDetector = Stage.make("export", {
  version: 1,
  input: { checkpoint: Artifact, metrics: evaluate.output },
  parameters: {},
  output: Artifact,
  run: Effect.fn("export")(function* ({ checkpoint, metrics }) {
    const { locate, keep } = yield* Workspace
    const checkpoints = yield* Checkpoints
    const { model, state, optimizer } = yield* checkpoints.load(yield* locate(checkpoint))
    const detector = FitCheckpoint.weightsOnly({ model, optimizer, state: { ...state, metrics } })
    const saved = yield* checkpoints.save("detector", detector)
    return yield* keep(saved.path)
  })
}).pipe(Stage.provide(StageCheckpoints.layer))
