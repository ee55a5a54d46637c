/** The scoped layers of a run, from its plan: one device, one directory, one logger, one place for checkpoints. */
import * as Layer from "effect/Layer"
import * as CheckpointDirectory from "../layers/checkpoint/CheckpointDirectory.ts"
import * as DeviceLayer from "../layers/device/Device.ts"
import * as RunDirectoryLayer from "../layers/run/RunDirectory.ts"
import type { TrainerPlan } from "../pipeline/Plan.ts"

/** What the caller knows of a run beside its plan. */
export interface RunContext {
  /** The run directory. */
  readonly directory: string
  /** Reopen that directory, rather than begin there. */
  readonly reopen: boolean
  readonly command: ReadonlyArray<string>
  readonly overrides: ReadonlyArray<string>
  readonly versions: { readonly [name: string]: string }
}

export const device = (trainer: TrainerPlan) =>
  DeviceLayer.layer({
    accelerator: trainer.accelerator,
    devices: trainer.devices,
    strategy: trainer.strategy,
    precision: trainer.precision
  })

export const directory = (context: RunContext, kind: "train" | "test" | "predict", seed: number) =>
  RunDirectoryLayer.layer({
    path: context.directory,
    resume: context.reopen,
    kind,
    seed,
    command: context.command,
    overrides: context.overrides,
    versions: context.versions
  })

/** Checkpoints in the run directory. */
export const checkpoints = CheckpointDirectory.layer

export const withCheckpoints = <E, R>(run: Layer.Layer<never, E, R>) => Layer.provideMerge(checkpoints, run)
