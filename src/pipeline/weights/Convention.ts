/** Whose names and layouts a file of weights has, and what its names are in this library, which are PyTorch's. */
import * as Timm from "./Timm.ts"

/** Whose file it is: layouts follow from that alone, never from shapes. */
export type Convention = "anneal" | "torchvision" | "timm" | "keras"

/** A pattern in names, and what replaces it as in `String.replace`. */
export interface Rename {
  readonly from: string
  readonly to: string
}

export interface Header {
  readonly names: ReadonlyArray<string>
  readonly metadata: { readonly [key: string]: string }
}

const keras: Readonly<Record<string, string>> = {
  kernel: "weight",
  depthwise_kernel: "weight",
  embeddings: "weight",
  gamma: "weight",
  beta: "bias",
  moving_mean: "running_mean",
  moving_variance: "running_var"
}

const kerasOnly = /(^|[/.])(kernel|depthwise_kernel|embeddings|gamma|beta|moving_mean|moving_variance)(:0)?$/
const pytorch =
  /(^|[._])(weight|bias|running_mean|running_var|num_batches_tracked)(_[a-z]+_l\d+(_reverse)?)?$/

/**
 * Whose file it is, by its metadata and otherwise by its names: Anneal writes `format: tf` and the `model`, PyTorch's
 * writers `format: pt` or nothing. Undefined if neither says it.
 */
export const detect = ({ names, metadata }: Header): Exclude<Convention, "timm"> | undefined => {
  const { format, model } = metadata
  if (format === "tf" && model !== undefined) return "anneal"
  if (format === "pt") return "torchvision"
  if (names.some((name) => kerasOnly.test(name))) return "keras"
  return format === undefined && names.some((name) => pytorch.test(name)) ? "torchvision" : undefined
}

/** Counts of batches, which running statistics here do without. */
export const isDropped = (name: string): boolean => /(^|\.)num_batches_tracked$/.test(name)

/** `block/conv/kernel:0` is `block.conv.weight`. */
const fromKeras = (name: string): string => {
  const parts = name.replace(/:0$/, "").split(/[/.]/)
  const leaf = parts.at(-1) ?? ""
  return [...parts.slice(0, -1), Object.hasOwn(keras, leaf) ? keras[leaf] : leaf].join(".")
}

/** What the tensors of a file with these names are called in this library. */
export const renamer = (convention: Convention, names: ReadonlyArray<string>): ((name: string) => string) => {
  if (convention === "timm") return Timm.renamer(names)
  return convention === "keras" ? fromKeras : (name) => name
}

/** Each pattern in turn, on what the ones before it made. */
export const renamed = (rules: ReadonlyArray<Rename>, name: string): string =>
  rules.reduce((before, { from, to }) => before.replace(new RegExp(from), to), name)
