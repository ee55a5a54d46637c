/** Small snapshots that tell their step in every tensor. */
import type { CheckpointState, Snapshot } from "../../../src/pipeline/train/Checkpoints.ts"

export const state = (step: number, over: Partial<CheckpointState> = {}): CheckpointState => ({
  format: 1,
  model: "tiny",
  task: "nothing",
  epoch: 1,
  batch: step,
  step,
  counter: step * 2,
  validating: false,
  saving: false,
  lossSum: 0,
  lossCount: 0,
  accumulated: 0,
  seed: 42,
  taskPlan: {},
  policies: {},
  metrics: {},
  plan: "p",
  versions: { anneal: "0" },
  engine: "cpu",
  ...over
})

export const snapshot = (step: number, over: Partial<CheckpointState> = {}): Snapshot => ({
  state: state(step, over),
  model: {
    "conv.weight": { data: new Float32Array(64).fill(step), shape: [4, 4, 4] },
    "conv.mean": { data: Float32Array.of(step + 0.5), shape: [1] }
  },
  optimizer: { "m/conv.weight": { data: new Float32Array(64).fill(-step), shape: [4, 4, 4] } }
})

/** The step that every value of a snapshot agrees on; NaN where they do not. */
export const stepOf = ({ state, model, optimizer }: Snapshot): number => {
  const agree =
    model["conv.weight"]?.data.every((value) => value === state.step) === true &&
    model["conv.mean"]?.data[0] === state.step + 0.5 &&
    optimizer["m/conv.weight"]?.data.every((value) => value === -state.step) === true
  return agree ? state.step : Number.NaN
}
