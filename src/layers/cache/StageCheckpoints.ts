/**
 * Checkpoints in the folder of the running stage: they are there if it is restarted, and removed once it has
 * finished.
 */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Workspace } from "../../pipeline/stage/Workspace.ts"
import { type CheckpointError, Checkpoints } from "../../pipeline/train/Checkpoints.ts"
import * as CheckpointDirectory from "../checkpoint/CheckpointDirectory.ts"

/** For `Stage.provide`: `train.pipe(Stage.provide(StageCheckpoints.layer))`. */
export const layer: Layer.Layer<Checkpoints, CheckpointError, Workspace | FileSystem.FileSystem> =
  Layer.unwrap(
    Workspace.use(({ path }) => Effect.succeed(CheckpointDirectory.layerAt(join(path, "checkpoints"))))
  )

/**
 * What a training stage passes to `Trainer.fit` as `resume`: the newest checkpoint, if the stage was started before.
 */
export const resume: Effect.Effect<string | undefined, CheckpointError, Checkpoints> = Checkpoints.use(
  ({ latest }) => Effect.map(latest, (saved) => Option.getOrUndefined(saved)?.name)
)
