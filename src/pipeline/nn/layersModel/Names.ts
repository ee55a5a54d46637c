/**
 * Names of a model's layers and weights that are the same in every process: tfjs-layers numbers layers without a name
 * by all that the process made before.
 */
import { classOf, field, isObject } from "./Package.ts"
import type { Weight } from "./Recording.ts"

export interface Place {
  /** Names from the outermost layer to this one. */
  readonly path: ReadonlyArray<string>
  /** The same as tfjs-layers has them in a file of weights. */
  readonly file: ReadonlyArray<string>
}

export interface Placed extends Place {
  readonly layer: object
}

export interface Named {
  readonly weight: Weight
  /** `block.dense_1.kernel`. */
  readonly name: string
  /** In a file of weights: `dense_Dense3/kernel`. */
  readonly file: string
}

const nameOf = (layer: object): string => String(field(layer, "name"))

/** A name as it was given, or the stem of one that was not: `dense` of `dense_Dense3`, `sequential` of `sequential_2`. */
const stem = (layer: object): { readonly name: string; readonly given: boolean } => {
  const name = nameOf(layer)
  const suffix = new RegExp(`_${classOf(layer)}\\d+$`)
  const container = /^(sequential|model|functional)_?\d+$/.exec(name)?.[1]
  if (container !== undefined) return { name: container, given: false }
  return { name: name.replace(suffix, "").replaceAll("/", "."), given: !suffix.test(name) }
}

/** One name for each of `layers`: numbers count from 1 within them, after the first that needs none. */
const numbered = (layers: ReadonlyArray<object>): ReadonlyArray<string> => {
  const stems = layers.map(stem)
  const taken = new Set(stems.filter(({ given }) => given).map(({ name }) => name))
  return stems.map(({ name, given }) => {
    if (given) return name
    let free = name
    for (let i = 1; taken.has(free); i++) free = `${name}_${i}`
    taken.add(free)
    return free
  })
}

const objects = (value: unknown): ReadonlyArray<object> =>
  Array.isArray(value) ? value.filter(isObject) : []

/** The layers that a layer consists of. A layer within a model has a name of its own in files. */
const partsOf = ({ layer, path, file }: Placed): ReadonlyArray<Placed> => {
  const layers = objects(field(layer, "layers"))
  const names = numbered(layers)
  const within = (part: unknown, name: ReadonlyArray<string>, inFile: ReadonlyArray<string>) =>
    isObject(part) ? [{ layer: part, path: [...path, ...name], file: [...file, ...inFile] }] : []
  const directions = ["forward", "backward"].flatMap((direction) => {
    const part = field(layer, `${direction}Layer`)
    return isObject(part) ? within(part, [direction], [nameOf(part)]) : []
  })
  return [
    ...layers.map((part, i) => ({ layer: part, path: [...path, names[i] ?? ""], file: [nameOf(part)] })),
    ...directions,
    ...objects(field(layer, "cells")).flatMap((cell, i) => within(cell, [`cell_${i}`], [`RNNCell_${i}`])),
    ...within(field(layer, "cell"), [], []),
    ...within(field(layer, "layer"), [], [])
  ]
}

/** A model and all layers in it, each once, in their order. */
export const layersOf = (model: object): ReadonlyArray<Placed> => {
  const found = new Map<object, Placed>()
  const visit = (placed: Placed): void => {
    if (found.has(placed.layer)) return
    found.set(placed.layer, placed)
    for (const part of partsOf(placed)) visit(part)
  }
  visit({ layer: model, path: [], file: [] })
  return [...found.values()]
}

/** The weights of `layers` with their names, in their order. */
export const weightsOf = (
  layers: ReadonlyArray<Placed>,
  weights: ReadonlyArray<Weight>
): ReadonlyArray<Named> =>
  layers.flatMap(({ layer, path, file }) =>
    weights
      .filter(({ owner }) => owner === layer)
      .map((weight) => ({
        weight,
        name: [...path, weight.name].join("."),
        file: [...file, weight.name].join("/")
      }))
  )
