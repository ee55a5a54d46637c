/** The weights that a training begins with: found, read, put under the model's names, and what came of it. */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as WeightsFile from "../layers/checkpoint/WeightsFile.ts"
import type { HostTensor } from "../pipeline/nn/HostTensor.ts"
import * as Model from "../pipeline/nn/Model.ts"
import type { Wanted } from "../pipeline/plan/WeightsPlan.ts"
import { Progress } from "../pipeline/run/Progress.ts"
import { type BeganWith, RunDirectory } from "../pipeline/run/RunDirectory.ts"
import { RunLogger } from "../pipeline/run/RunLogger.ts"
import * as WeightsTable from "../pipeline/run/WeightsTable.ts"
import * as Matching from "../pipeline/weights/Matching.ts"
import { WeightsError, WeightsForeign, WeightsMismatch, withKey } from "../pipeline/weights/WeightsError.ts"

/** Types whose values are weights. */
const floats: ReadonlySet<string> = new Set(["F16", "BF16", "F32", "F64"])

/** Fails with the nearest names if nothing fits. */
const checkAny = (
  model: Model.Model,
  source: WeightsFile.WeightsSource,
  { loaded, mismatched, convention }: Matching.Match,
  wanted: Wanted
) => {
  const isRefused = mismatched.length > 0 && wanted.mismatch === "refuse"
  if (loaded.length > 0 || isRefused) return Effect.void
  const found = Matching.suggestions(model, source, convention, wanted)
  const key = found.map((one) => one.key).find(Predicate.isNotUndefined)
  return Effect.fail(
    new WeightsForeign({
      path: source.path,
      model: model.name,
      nearest: found.map(({ found, wanted }) => ({ found, wanted })),
      cure:
        key === undefined
          ? `Choose the model that the weights are of, or rename them: ${withKey(source.path, "model.weights.names=[{from: …, to: …}]")}`
          : `Use ${withKey(source.path, key)}`
    })
  )
}

const checkShapes = (
  model: Model.Model,
  { path }: WeightsFile.WeightsSource,
  { mismatched }: Matching.Match,
  { mismatch }: Wanted
) =>
  mismatch === "skip" || mismatched.length === 0
    ? Effect.void
    : Effect.fail(
        new WeightsMismatch({
          path,
          model: model.name,
          mismatches: mismatched.map(({ spec, found }) => ({
            name: spec.name,
            found: [...found],
            wanted: [...spec.shape]
          }))
        })
      )

const checkDoubled = ({ path }: WeightsFile.WeightsSource, { doubled }: Matching.Match) => {
  const [first] = doubled
  if (first === undefined) return Effect.void
  return Effect.fail(
    new WeightsError({
      path,
      problem: `${first.join(" and ")} would be the same parameter`,
      cure: "Make the patterns of model.weights.names more exact, or name a prefix"
    })
  )
}

const checkTypes = (source: WeightsFile.WeightsSource, { loaded }: Matching.Match) => {
  const types = new Map(source.tensors.map(({ name, dtype }) => [name, dtype]))
  const wrong = loaded.find(({ from }) => !floats.has(types.get(from) ?? ""))
  if (wrong === undefined) return Effect.void
  return Effect.fail(
    new WeightsError({
      path: source.path,
      problem: `${wrong.from} is of type ${types.get(wrong.from)}, and weights have to be of ${[...floats].join(", ")}`,
      cure: "Convert it to float32 where the file is written"
    })
  )
}

/** Which tensor is which parameter; fails if that is not certain, or if shapes differ that have to be the same. */
const matched = Effect.fnUntraced(function* (
  model: Model.Model,
  source: WeightsFile.WeightsSource,
  wanted: Wanted
) {
  const match = Matching.match(model, source, wanted)
  if (match === undefined) {
    return yield* new WeightsError({
      path: source.path,
      problem: "neither its metadata nor its names say whose layouts it has",
      cure: `Say it: ${withKey(source.path, "model.weights.names=torchvision")} for PyTorch's, or keras, or anneal`
    })
  }
  yield* checkAny(model, source, match, wanted)
  yield* checkDoubled(source, match)
  yield* checkShapes(model, source, match, wanted)
  yield* checkTypes(source, match)
  return match
})

const valuesOf = Effect.fnUntraced(function* (
  source: WeightsFile.WeightsSource,
  { convention, loaded }: Matching.Match
) {
  const values: Record<string, HostTensor> = {}
  for (const pair of loaded) {
    const { data } = yield* source.read(pair.from)
    if (!(data instanceof Float32Array) || !data.every(Number.isFinite)) {
      return yield* new WeightsError({
        path: source.path,
        problem: `${pair.from} has values that are not finite numbers`,
        cure: "The training that saved it had diverged: name an earlier file"
      })
    }
    values[pair.spec.name] = { data: Matching.valuesOf(convention, pair, data), shape: pair.spec.shape }
  }
  return values
})

/** What came of it, as `run.json` keeps it. */
const recordOf = (source: WeightsFile.WeightsSource, match: Matching.Match): BeganWith => ({
  path: source.path,
  sha256: source.files,
  names: match.convention,
  loaded: match.loaded.map(({ spec }) => spec.name),
  skipped: match.mismatched.map(({ spec, found }) => ({
    name: spec.name,
    found: [...found],
    wanted: [...spec.shape]
  })),
  leftOver: [...match.leftOver],
  firstValues: [...match.absent]
})

export interface Begun<M> {
  /** Begins with the weights. */
  readonly model: M
  readonly record: BeganWith
}

/** The model with the weights that are wanted; nothing is written, so that what does not fit is refused before a run begins. */
export const load = Effect.fn("BeginWeights.load")(function* <M extends Model.Model>(
  model: M,
  wanted: Wanted
) {
  const source = yield* WeightsFile.open(wanted.path)
  const match = yield* matched(model, source, wanted)
  const values = yield* valuesOf(source, match)
  const begun: Begun<M> = { model: Model.beginningWith(model, values), record: recordOf(source, match) }
  return begun
})

/** Shows what was loaded, and keeps it in `run.json` and the log. */
export const report = Effect.fnUntraced(function* (model: Model.Model, record: BeganWith) {
  const directory = yield* RunDirectory
  const logger = yield* RunLogger
  const progress = yield* Progress
  yield* directory.update({ weights: record })
  yield* logger.table(0, "weights", WeightsTable.table(record))
  yield* Effect.forEach(WeightsTable.lines(model, record), progress.note, { discard: true })
})
