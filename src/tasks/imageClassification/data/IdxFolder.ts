/**
 * A folder with MNIST's four files: `train` is divided into what trains and what validates, `t10k` is for tests. With
 * `val_fraction: 0` all of `train` trains and `t10k` validates as well. Without `t10k` tests measure what validates.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlanRefused, Purpose } from "../../../pipeline/module/TaskModule.ts"
import { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Catalogue from "./Catalogue.ts"
import type { IdxData } from "./DataPlan.ts"
import * as Files from "./Files.ts"
import * as Idx from "./Idx.ts"
import * as Validation from "./Validation.ts"

const LAYOUT =
  "A folder for idx data holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each with .gz or without: data.root=<folder>"

type Prefix = "train" | "t10k"

/** As MNIST's page has them, and as they are called once somebody unpacked them. */
const candidates = (prefix: Prefix, what: "images" | "labels"): ReadonlyArray<string> => {
  const kind = what === "images" ? "idx3-ubyte" : "idx1-ubyte"
  return [`${prefix}-${what}-${kind}`, `${prefix}-${what}.${kind}`].flatMap((name) => [name, `${name}.gz`])
}

/** The path of a file, if it is there. */
const find = Effect.fnUntraced(function* (root: string, prefix: Prefix, what: "images" | "labels") {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const names = new Set(yield* fs.readDirectory(root).pipe(Effect.mapError(Files.unreadable(root))))
  const name = candidates(prefix, what).find((candidate) => names.has(candidate))
  return name === undefined ? undefined : path.join(root, name)
})

interface Pictures {
  readonly name: Prefix
  readonly file: string
  readonly labelFile: string
  readonly labels: Uint8Array
  /** Pixels. */
  readonly height: number
  readonly width: number
}

/** The files of a prefix; `undefined` where both are absent. */
const filesOf = Effect.fnUntraced(function* (root: string, prefix: Prefix) {
  const file = yield* find(root, prefix, "images")
  const labelFile = yield* find(root, prefix, "labels")
  if (file !== undefined && labelFile !== undefined) return { file, labelFile }
  if (file === labelFile) return undefined
  const [name] = candidates(prefix, file === undefined ? "images" : "labels")
  return yield* new DataError({ where: root, problem: `there is no ${name} or ${name}.gz`, cure: LAYOUT })
})

/** The pictures and labels of a prefix, as many of one as of the other; `undefined` where there are none. */
const open = Effect.fnUntraced(function* (root: string, prefix: Prefix) {
  const files = yield* filesOf(root, prefix)
  if (files === undefined) return undefined
  const { file, labelFile } = files
  const { data: labels } = yield* Idx.read(labelFile, 1)
  const { sides, data } = yield* Idx.read(file, 3)
  const [count = 0, height = 0, width = 0] = sides
  if (count !== labels.length) {
    return yield* new DataError({
      where: labelFile,
      problem: `it has ${labels.length} labels for ${count} pictures`,
      cure: `Fetch it and ${file} again from one source.`
    })
  }
  if (data.length === 0) {
    return yield* new DataError({ where: file, problem: "there is no picture in it", cure: LAYOUT })
  }
  const pictures: Pictures = { name: prefix, file, labelFile, labels, height, width }
  return pictures
})

const part = ({ name, file, labels }: Pictures, indices: ReadonlyArray<number>): Catalogue.IdxPart => ({
  kind: "idx",
  name,
  file,
  indices: Uint32Array.from(indices),
  labels: Int32Array.from(indices, (index) => labels[index] ?? 0)
})

const whole = (pictures: Pictures): Catalogue.IdxPart =>
  part(
    pictures,
    Array.from(pictures.labels, (_, i) => i)
  )

const nothing: Catalogue.IdxPart = {
  kind: "idx",
  name: "none",
  file: "",
  indices: new Uint32Array(),
  labels: new Int32Array()
}

const sizeWarning = (plan: IdxData, { file, height, width }: Pictures): ReadonlyArray<string> =>
  height === plan.height && width === plan.width
    ? []
    : [
        `the pictures of ${file} have ${width} x ${height} pixels and are scaled to ${plan.width} x ${plan.height}: data.height=${height} data.width=${width} keeps them as they are`
      ]

/** What tests measure where there is a part for them. */
const forTests = Effect.fnUntraced(function* (plan: IdxData, test: Pictures) {
  const classes = yield* Validation.numberedClasses(plan.classes, test.labels, test.labelFile)
  const catalogue: Catalogue.Catalogue = {
    classes,
    train: nothing,
    val: nothing,
    test: whole(test),
    warnings: sizeWarning(plan, test)
  }
  return catalogue
})

const forTraining = Effect.fnUntraced(function* (plan: IdxData, train: Pictures, test: Pictures | undefined) {
  const classes = yield* Validation.numberedClasses(plan.classes, train.labels, train.labelFile)
  if (test !== undefined) yield* Validation.numberedClasses(plan.classes, test.labels, test.labelFile)
  const fractions = { val: plan.val_fraction, test: 0, seed: plan.split_seed }
  const divided = Catalogue.split(train.labels, fractions)
  const own = divided.val.length === 0 ? undefined : part(train, divided.val)
  const tests = test === undefined ? undefined : whole(test)
  const val = yield* Validation.validating(own, tests, plan.val_fraction)
  const trains = part(train, divided.train)
  const catalogue: Catalogue.Catalogue = {
    classes,
    train: trains,
    val: val.part,
    test: tests,
    warnings: [...sizeWarning(plan, train), ...val.warnings, ...Validation.unseen(classes, trains.labels)]
  }
  return catalogue
})

/** Reads the labels, and the pictures to see that they are whole. */
export const catalogue = Effect.fn("IdxFolder.catalogue")(function* (
  plan: IdxData,
  purpose: Purpose
): Effect.fn.Return<Catalogue.Catalogue, DataError | PlanRefused, FileSystem.FileSystem | Path.Path> {
  const root = (yield* Path.Path).resolve(plan.root)
  yield* Files.requireFolder(root, LAYOUT)
  const test = purpose === "test" || plan.val_fraction === 0 ? yield* open(root, "t10k") : undefined
  if (purpose === "test" && test !== undefined) return yield* forTests(plan, test)
  const train = yield* open(root, "train")
  if (train === undefined) {
    return yield* new DataError({
      where: root,
      problem: "there is no train-images-idx3-ubyte or train-images-idx3-ubyte.gz",
      cure: LAYOUT
    })
  }
  return yield* forTraining(plan, train, test)
})
