/**
 * Label Studio's JSON export: coordinates in per cent of the picture, rectangles turned clockwise about their first
 * corner, texts and labels joined to their region by its id.
 *
 * The first annotation of a task that is not cancelled is read. The label `Illegible` or the text `###` marks what is
 * not legible. Coordinates are rounded to a ten-thousandth of a pixel, so that those that came from pixels return.
 *
 * https://labelstud.io/guide/task_format, https://labelstud.io/guide/export#Units-of-image-annotations
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Formats from "../../../pipeline/picture/Formats.ts"
import * as Format from "./Format.ts"
import * as Json from "./Json.ts"

const Number = Schema.optionalKey(Schema.NullOr(Schema.Finite))
const Labels = Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.String)))

const Value = Schema.Struct({
  x: Number,
  y: Number,
  width: Number,
  height: Number,
  rotation: Number,
  points: Schema.optionalKey(Schema.Array(Json.Point)),
  text: Schema.optionalKey(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
  labels: Labels,
  rectanglelabels: Labels,
  polygonlabels: Labels
})

const Region = Schema.Struct({
  id: Schema.optionalKey(Schema.NullOr(Schema.String)),
  type: Schema.optionalKey(Schema.NullOr(Schema.String)),
  original_width: Schema.optionalKey(Json.Side),
  original_height: Schema.optionalKey(Json.Side),
  image_rotation: Number,
  value: Schema.optionalKey(Schema.NullOr(Value))
})
type Region = typeof Region.Type

const Task = Schema.Struct({
  data: Schema.Record(Schema.String, Schema.Unknown),
  annotations: Schema.Array(
    Schema.Struct({
      result: Schema.Array(Region),
      was_cancelled: Schema.optionalKey(Schema.NullOr(Schema.Boolean))
    })
  )
})

const LAYOUT = "Export the project as JSON (not JSON-MIN), with rectangles or polygons and their texts."

const decode = Json.decoder(Schema.Array(Task), LAYOUT)

/** The path in an address; the name of a file in Label Studio's storage is in its query. */
const pathOf = (address: string): string => {
  const stored = /[?&]d=([^&]*)/.exec(address)?.[1]
  const path = stored ?? address.replace(/^[a-z0-9]+:\/\/[^/]*\//i, "").replace(/[?#].*$/, "")
  return Result.getOrElse(
    Result.try(() => decodeURIComponent(path)),
    () => path
  )
}

/** The first of a task's data that names a picture. */
const pictureOf = (data: (typeof Task.Type)["data"]): string | undefined =>
  Object.values(data)
    .filter((value) => typeof value === "string")
    .map(pathOf)
    .find(Formats.isPicture)

const rounded = (pixels: number): number => Math.round(pixels * 1e4) / 1e4

interface Size {
  readonly width: number
  readonly height: number
}

/** Corners in pixels of a rectangle or polygon; undefined for any other shape. */
const pointsOf = (value: typeof Value.Type, size: Size): Format.Points | undefined => {
  const pixels = ([x, y]: readonly [number, number]) =>
    [rounded((x / 100) * size.width), rounded((y / 100) * size.height)] as const
  if (value.points !== undefined) return value.points.map(pixels)
  const { x, y, width, height } = value
  if (Predicate.isNullish(x) || Predicate.isNullish(y)) return undefined
  if (Predicate.isNullish(width) || Predicate.isNullish(height)) return undefined
  const [cos, sin] = turn(value.rotation ?? 0)
  const [left, top] = [(x / 100) * size.width, (y / 100) * size.height]
  const [across, down] = [(width / 100) * size.width, (height / 100) * size.height]
  return Format.box(0, 0, across, down).map(
    ([dx, dy]) => [rounded(left + dx * cos - dy * sin), rounded(top + dx * sin + dy * cos)] as const
  )
}

const turn = (degrees: number): readonly [cos: number, sin: number] => {
  const angle = (degrees * Math.PI) / 180
  return degrees === 0 ? [1, 0] : [Math.cos(angle), Math.sin(angle)]
}

const labelsOf = ({ value }: Region): ReadonlyArray<string> =>
  [value?.labels, value?.rectanglelabels, value?.polygonlabels].flatMap((labels) => labels ?? [])

const textIn = (region: Region): ReadonlyArray<string> => {
  const text = region.value?.text
  if (text === undefined) return []
  return typeof text === "string" ? [text] : [text.join("\n")]
}

const isShape = ({ value }: Region): boolean =>
  Predicate.isNotNullish(value) && (value.points !== undefined || Predicate.isNotNullish(value.x))

const sizeOf = (region: Region): Size | undefined =>
  region.original_width === undefined || region.original_height === undefined
    ? undefined
    : { width: region.original_width, height: region.original_height }

/** The corners of a region, or what is wrong with it. */
const cornersOf = (shape: Region): Format.Points | string => {
  const size = sizeOf(shape)
  if (size === undefined) return 'it has no "original_width" and "original_height"'
  if ((shape.image_rotation ?? 0) !== 0)
    return "the picture was turned in Label Studio: save it as you turned it"
  const points = shape.value ? pointsOf(shape.value, size) : undefined
  return points ?? `its shape (${shape.type ?? "unknown"}) cannot be read`
}

/** The region's shape, with what others of the same id say of it. */
const markOf = (shape: Region, group: ReadonlyArray<Region>, at: Format.At): Format.Mark | Format.Wrong => {
  const points = cornersOf(shape)
  if (typeof points === "string") return Format.wrong(at, points)
  const [text] = group.flatMap(textIn)
  const isIllegible = group.flatMap(labelsOf).some((label) => /^illegible$/i.test(label))
  return {
    points,
    ...(text === undefined ? {} : Format.textOf(text)),
    ...(isIllegible ? { illegible: true } : {}),
    at
  }
}

const taskOf = ({ data, annotations }: typeof Task.Type, index: number) => {
  const picture = pictureOf(data)
  if (picture === undefined) return [Format.wrong([index, "data"], "its data name no picture")]
  const used = annotations.findIndex((one) => one.was_cancelled !== true)
  const result = annotations[used]?.result ?? []
  const groups = Map.groupBy(result.values(), ({ id }) => id ?? undefined)
  const items = result.flatMap((shape, i) => {
    if (!isShape(shape)) return []
    const group = Predicate.isNullish(shape.id) ? [shape] : (groups.get(shape.id) ?? [])
    // Texts repeat the shape of their region.
    if (group.find(isShape) !== shape) return []
    return [markOf(shape, group, [index, "annotations", used, "result", i])]
  })
  const [size] = result.flatMap((region) => sizeOf(region) ?? [])
  return { picture, items, size, at: [index] }
}

export const labelStudio: Format.Format = {
  name: "labelstudio",
  title: "an export of Label Studio",
  files: /\.json$/i,
  recognises: ({ json }) =>
    Array.isArray(json) && Predicate.isObject(json[0]) && "data" in json[0] && "annotations" in json[0],
  loses: ["id", "coordinates", "size"],
  read: Effect.fnUntraced(function* (source) {
    const tasks = (yield* decode(source)).map(taskOf)
    const wrong = tasks.flatMap((task) => ("items" in task ? task.items : task))
    yield* Format.collected(source, wrong, LAYOUT)
    return tasks.flatMap((task) => {
      if (!("items" in task)) return []
      const { picture, size, items, at } = task
      const marks = items.filter((item) => "points" in item)
      return [{ picture, ...(size === undefined ? {} : { size }), marks, at }]
    })
  }),
  write: (pictures) => [
    {
      name: "labelstudio.json",
      text: `${JSON.stringify(
        pictures.map((one, i) => ({
          id: i + 1,
          data: { image: `/data/local-files/?d=${encodeURIComponent(`images/${one.picture}`)}` },
          annotations: [
            { was_cancelled: false, result: one.marks.flatMap((mark, j) => resultOf(one, mark, j)) }
          ]
        }))
      )}\n`
    }
  ]
}

/** A polygon, and its text if it has one. */
const resultOf = ({ width, height }: Format.Writable, mark: Omit<Format.Mark, "at">, index: number) => {
  const points = mark.points.map(([x, y]) => [(x / width) * 100, (y / height) * 100])
  const common = {
    id: `region${index + 1}`,
    to_name: "image",
    original_width: width,
    original_height: height,
    image_rotation: 0
  }
  const polygonlabels = [mark.illegible === true ? "Illegible" : "Text"]
  const shape = { ...common, type: "polygonlabels", from_name: "label", value: { points, polygonlabels } }
  if (mark.transcription === undefined) return [shape]
  const text = [mark.transcription]
  return [shape, { ...common, type: "textarea", from_name: "transcription", value: { points, text } }]
}
