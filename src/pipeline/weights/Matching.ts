/** Which tensor of a file is which parameter of a model: decided from names and shapes alone, before a value is read. */
import { nearest } from "../../config/node/Nearest.ts"
import type { Model, ParameterSpec } from "../nn/Model.ts"
import * as Convention from "./Convention.ts"
import * as Layout from "./Layout.ts"

/** A tensor of a file. */
export interface Stored {
  readonly name: string
  readonly shape: ReadonlyArray<number>
}

export interface Source {
  readonly tensors: ReadonlyArray<Stored>
  readonly metadata: Convention.Header["metadata"]
}

export interface Options {
  /** Whose names they are, or patterns that make them the model's; `auto` finds it out. */
  readonly names: "auto" | Convention.Convention | ReadonlyArray<Convention.Rename>
  /** Only names that begin so, without it. */
  readonly prefix: string
  /** Put before each name. */
  readonly into: string
}

export interface Pair {
  readonly spec: ParameterSpec
  /** Its name in the file. */
  readonly from: string
  /** Its shape in the file, and as it lies here. */
  readonly stored: ReadonlyArray<number>
  readonly found: ReadonlyArray<number>
}

export interface Match {
  readonly convention: Convention.Convention
  readonly loaded: ReadonlyArray<Pair>
  /** Of another shape than the parameter. */
  readonly mismatched: ReadonlyArray<Pair>
  /** Names in the file that mean nothing to the model. */
  readonly leftOver: ReadonlyArray<string>
  /** Names of the model that the file lacks. */
  readonly absent: ReadonlyArray<string>
  /** Names in the file that mean the same parameter. */
  readonly doubled: ReadonlyArray<ReadonlyArray<string>>
}

interface Named {
  readonly tensor: Stored
  readonly name: string
}

/** The tensors that are asked for, by the names that they have in the model. */
const named = (
  tensors: ReadonlyArray<Stored>,
  convention: Convention.Convention,
  { names, prefix, into }: Options
): ReadonlyArray<Named> => {
  const rules = typeof names === "string" ? [] : names
  const asked = tensors
    .filter(({ name }) => name.startsWith(prefix) && !Convention.isDropped(name))
    .map((tensor) => ({ tensor, own: tensor.name.slice(prefix.length) }))
  const rename = Convention.renamer(
    convention,
    asked.map(({ own }) => own)
  )
  return asked.map(({ tensor, own }) => ({ tensor, name: into + Convention.renamed(rules, rename(own)) }))
}

/** Whose names and layouts a file has; undefined if nothing says it. PyTorch's may be timm's, where more names fit. */
const conventionOf = (
  model: Model,
  { tensors, metadata }: Source,
  options: Options
): Convention.Convention | undefined => {
  if (typeof options.names === "string" && options.names !== "auto") return options.names
  const names = tensors.map(({ name }) => name)
  const detected = Convention.detect({ names, metadata })
  if (detected !== "torchvision") return detected
  const known = new Set(model.parameters.map(({ name }) => name))
  const fitting = (convention: Convention.Convention) =>
    named(tensors, convention, options).filter(({ name }) => known.has(name)).length
  return fitting("timm") > fitting("torchvision") ? "timm" : "torchvision"
}

const isPytorchs = (convention: Convention.Convention): boolean =>
  convention === "torchvision" || convention === "timm"

const pairOf = (convention: Convention.Convention, spec: ParameterSpec, tensor: Stored): Pair => ({
  spec,
  from: tensor.name,
  stored: tensor.shape,
  found: isPytorchs(convention) ? Layout.shapeFrom(tensor.shape, spec) : tensor.shape
})

const fits = ({ spec, found }: Pair): boolean =>
  found.length === spec.shape.length && found.every((side, i) => side === spec.shape[i])

/** Undefined if neither metadata nor names say whose the file is. */
export const match = (model: Model, source: Source, options: Options): Match | undefined => {
  const convention = conventionOf(model, source, options)
  if (convention === undefined) return undefined
  const found = Map.groupBy(named(source.tensors, convention, options), ({ name }) => name)
  const pairs = model.parameters.flatMap((spec) => {
    const [first] = found.get(spec.name) ?? []
    return first === undefined ? [] : [pairOf(convention, spec, first.tensor)]
  })
  const known = new Set(pairs.map(({ spec }) => spec.name))
  const namesOf = (group: ReadonlyArray<Named>) => group.map(({ tensor }) => tensor.name)
  const groups = [...found]
  return {
    convention,
    loaded: pairs.filter(fits),
    mismatched: pairs.filter((pair) => !fits(pair)),
    leftOver: groups.flatMap(([name, group]) => (known.has(name) ? [] : namesOf(group))),
    absent: model.parameters.flatMap(({ name }) => (known.has(name) ? [] : [name])),
    doubled: groups.flatMap(([name, group]) => (known.has(name) && group.length > 1 ? [namesOf(group)] : []))
  }
}

/** The values of a pair as they lie here. */
export const valuesOf = (
  convention: Convention.Convention,
  { spec, stored }: Pair,
  data: Float32Array
): Float32Array => (isPytorchs(convention) ? Layout.valuesFrom(data, stored, spec) : data)

/** A name of the model that a name in a file may mean, and what keys would make one of the other. */
export interface Suggestion {
  readonly found: string
  readonly wanted: string | null
  readonly key: string | undefined
}

/** What a name in a file, as the options leave it, may mean. */
const suggestion = (found: string, names: ReadonlyArray<string>): Suggestion => {
  const inner = names.find((name) => found.endsWith(`.${name}`))
  if (inner !== undefined) {
    return { found, wanted: inner, key: `model.weights.prefix=${found.slice(0, -inner.length)}` }
  }
  const outer = names.find((name) => name.endsWith(`.${found}`))
  if (outer !== undefined) {
    return { found, wanted: outer, key: `model.weights.into=${outer.slice(0, -found.length)}` }
  }
  return { found, wanted: nearest(found, names) ?? null, key: undefined }
}

/** The names that a file has instead of the model's; those that resemble one come first. */
export const suggestions = (
  model: Model,
  { tensors }: Source,
  convention: Convention.Convention,
  options: Options
): ReadonlyArray<Suggestion> => {
  const names = model.parameters.map(({ name }) => name)
  const asked = named(tensors, convention, options)
  const shown = asked.length > 0 ? asked : named(tensors, convention, { ...options, prefix: "" })
  const all = shown.slice(0, 1000).map(({ name }) => suggestion(name, names))
  return all.toSorted((a, b) => Number(a.wanted === null) - Number(b.wanted === null)).slice(0, 5)
}
