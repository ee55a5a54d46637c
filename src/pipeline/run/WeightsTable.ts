/** What a model began with, as a table: for each of its parts how much was loaded, skipped, and stayed at its first values. */
import type { Model } from "../nn/Model.ts"
import type { BeganWith } from "./RunDirectory.ts"
import type * as RunLogger from "./RunLogger.ts"
import * as Table from "./Table.ts"

const partOf = (name: string): string => name.split(".")[0] ?? name

const counted = (names: ReadonlyArray<string>, part: string): string =>
  String(names.filter((name) => partOf(name) === part).length)

/** At most a few names, and how many there are. */
const some = (names: ReadonlyArray<string>): string =>
  names.length > 6 ? `${names.slice(0, 6).join(", ")}, … (${names.length})` : names.join(", ")

const listed = (what: string, names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.length === 0 ? [] : [`${what}: ${some(names)}`]

const shapeOf = (shape: ReadonlyArray<number>): string => `[${shape.join(", ")}]`

const conventions: Readonly<Record<BeganWith["names"], string>> = {
  anneal: "Anneal's names and layouts",
  torchvision: "PyTorch's names and layouts",
  timm: "timm's names, PyTorch's layouts",
  keras: "Keras's names and layouts"
}

/** Lines for people. */
export const lines = (
  model: Model,
  { path, names, loaded, skipped, leftOver, firstValues }: BeganWith
): ReadonlyArray<string> => {
  const parts = [...new Set(model.parameters.map(({ name }) => partOf(name)))]
  const skippedNames = skipped.map(({ name }) => name)
  const rows = parts.map((part) => [
    part,
    counted(loaded, part),
    counted(skippedNames, part),
    counted(firstValues, part)
  ])
  const total = `${loaded.length} of ${model.parameters.length} tensors`
  return [
    `weights ${path}: ${conventions[names]}, ${total}`,
    ...Table.lines(["part", "loaded", "skipped", "first values"], rows, ["left", "right", "right", "right"]),
    ...listed(
      "skipped, of another shape",
      skipped.map(({ name, found, wanted }) => `${name} ${shapeOf(found)} for ${shapeOf(wanted)}`)
    ),
    ...listed("not in the file, so at first values", firstValues),
    ...listed("left over in the file", leftOver)
  ]
}

/** A row for each name, for trackers. */
export const table = ({ loaded, skipped, leftOver, firstValues }: BeganWith): RunLogger.Table => {
  const rows = (names: ReadonlyArray<string>, state: string) => names.map((name) => [name, state])
  return {
    columns: ["name", "state"],
    rows: [
      ...rows(loaded, "loaded"),
      ...rows(
        skipped.map(({ name }) => name),
        "skipped"
      ),
      ...rows(firstValues, "first values"),
      ...rows(leftOver, "left over")
    ]
  }
}
