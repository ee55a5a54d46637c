/** Files of weights in other formats than safetensors: how they are recognised, and the line of Python that converts them. */
import { basename, extname } from "node:path"

interface Format {
  readonly name: string
  /** The line that writes `to` from `from`. */
  readonly python: (from: string, to: string) => string
}

const pytorch: Format = {
  name: "a file of PyTorch's",
  python: (from, to) =>
    `import torch, safetensors.torch as s; d = torch.load("${from}", map_location="cpu", weights_only=True); ` +
    `s.save_file({k: v.clone().contiguous() for k, v in d.get("state_dict", d).items()}, "${to}", {"format": "pt"})`
}

const keras: Format = {
  name: "a file of Keras's",
  python: (from, to) =>
    `import keras, safetensors.numpy as s; ` +
    `s.save_file({v.path: v.numpy() for v in keras.saving.load_model("${from}").variables}, "${to}")`
}

const byExtension: Readonly<Record<string, Format>> = {
  ".pth": pytorch,
  ".pt": pytorch,
  ".bin": pytorch,
  ".ckpt": pytorch,
  ".h5": keras,
  ".hdf5": keras,
  ".keras": keras
}

const formatOf = (path: string): Format | undefined => {
  const extension = extname(path).toLowerCase()
  return Object.hasOwn(byExtension, extension) ? byExtension[extension] : undefined
}

const startsWith = (bytes: Uint8Array, ...start: ReadonlyArray<number>): boolean =>
  start.every((byte, i) => bytes[i] === byte)

/** By the first bytes: HDF5, or PyTorch's zip or pickle. */
const formatIn = (bytes: Uint8Array): Format | undefined => {
  if (startsWith(bytes, 0x89, 0x48, 0x44, 0x46)) return keras
  return startsWith(bytes, 0x50, 0x4b, 3, 4) || startsWith(bytes, 0x80, 2) ? pytorch : undefined
}

/** Whether a name is that of such a file. */
export const isKnown = (name: string): boolean => formatOf(name) !== undefined

const said = (path: string, { name, python }: Format): readonly [problem: string, cure: string] => {
  const to = `${basename(path, extname(path))}.safetensors`
  const line = python(basename(path), to).replaceAll('"', "'")
  return [`it is ${name}, and weights are read from safetensors`, `Convert it: python -c "${line}"`]
}

/** Problem and cure of a file that has such a name. */
export const words = (name: string): readonly [problem: string, cure: string] =>
  said(name, formatOf(name) ?? pytorch)

/** Problem and cure of a file in another format, by its name or its first bytes; undefined if neither says so. */
export const cureOf = (path: string, start: Uint8Array) => {
  // Safetensors, whose length comes before its JSON and may begin as a pickle does.
  if (start[8] === 0x7b) return undefined
  // A Keras file is a zip as well, so that the name goes first.
  const format = formatOf(path) ?? formatIn(start)
  if (format === undefined) return undefined
  const [problem, cure] = said(path, format)
  return { problem, cure }
}
