/** The `model.weights` part of a plan: the weights that a training begins with, whatever the task. */
import * as Schema from "effect/Schema"
import type * as Matching from "../weights/Matching.ts"
import { noWeights } from "./NoWeights.ts"
import { field, pattern, required } from "./PlanField.ts"

const Rename = Schema.Struct({
  from: required(pattern, "A regular expression that a part of a name matches."),
  to: required(Schema.String, "What replaces that part; $1 is the first group of the expression.")
})

const Keys = Schema.Struct({
  path: field(
    Schema.NullOr(Schema.NonEmptyString),
    noWeights.path,
    "A safetensors file, a folder with one or with shards and their index, or a run directory or checkpoint of Anneal; null: none."
  ),
  names: field(
    Schema.Union([
      Schema.Literals(["auto", "anneal", "torchvision", "timm", "keras"]),
      Schema.NonEmptyArray(Rename)
    ]),
    noWeights.names,
    "Whose names and layouts the file has: auto finds it out by its metadata and names; torchvision is right for any module of PyTorch's. A list of {from, to} renames what auto found."
  ),
  prefix: field(
    Schema.String,
    noWeights.prefix,
    "Take only the names that begin so, without it, such as encoder."
  ),
  into: field(Schema.String, noWeights.into, "Put this before each name, such as encoder."),
  mismatch: field(
    Schema.Literals(["refuse", "skip"]),
    noWeights.mismatch,
    "What to do with weights of another shape than the model's: refuse the run, or leave those at their first values."
  )
})
type Keys = typeof Keys.Type

/** The path alone, or all of the keys. */
export const WeightsPlan = Schema.Union([Schema.Null, Schema.NonEmptyString, Keys])
export type WeightsPlan = typeof WeightsPlan.Type

export const weights = field(
  WeightsPlan,
  noWeights,
  "Weights that the training begins with: a path, or its keys. A run that is resumed does not need them."
)

/** What to load, and how. */
export interface Wanted extends Matching.Options {
  readonly path: string
  readonly mismatch: Keys["mismatch"]
}

/** What the plan asks for; undefined if the model begins with its own first values. */
export const wanted = (plan: WeightsPlan): Wanted | undefined => {
  const keys = typeof plan === "string" ? { ...noWeights, path: plan } : plan
  return keys === null || keys.path === null ? undefined : { ...keys, path: keys.path }
}
