/**
 * COCO's object detection, each annotation a region: corners in `segmentation`, else a box in `bbox`.
 *
 * COCO itself has no text. It is written to `attributes.transcription`, where CVAT and Datumaro have attributes, and
 * read from there, `text`, `transcription` or `utf8_string`. A crowd (`iscrowd: 1`), which COCO neither learns nor
 * counts, is an illegible region. A region in several parts is read as the box around them.
 *
 * https://cocodataset.org/#format-data
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Format from "./Format.ts"
import * as Json from "./Json.ts"

const Id = Schema.Union([Schema.Finite, Schema.String])
const Text = Schema.optionalKey(Schema.NullOr(Schema.String))

const Annotation = Schema.Struct({
  image_id: Id,
  bbox: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.Finite))),
  /** Polygons, or an object with a mask in run lengths, which is not read. */
  segmentation: Schema.optionalKey(Schema.Unknown),
  iscrowd: Schema.optionalKey(Schema.NullOr(Schema.Union([Schema.Finite, Schema.Boolean]))),
  text: Text,
  transcription: Text,
  utf8_string: Text,
  attributes: Schema.optionalKey(Schema.Unknown)
})

const File = Schema.Struct({
  images: Schema.Array(
    Schema.Struct({
      id: Id,
      file_name: Schema.NonEmptyString,
      width: Schema.optionalKey(Json.Side),
      height: Schema.optionalKey(Json.Side)
    })
  ),
  annotations: Schema.Array(Annotation)
})

const LAYOUT =
  'The layout is {"images": [{"id", "file_name", "width", "height"}], "annotations": [{"image_id", "bbox", "segmentation"}]}.'

const decode = Json.decoder(File, LAYOUT)

type Annotation = typeof Annotation.Type

const isNumbers = (value: unknown): value is ReadonlyArray<number> =>
  Array.isArray(value) && value.every((one) => typeof one === "number" && Number.isFinite(one))

const polygonsIn = ({ segmentation }: Annotation): ReadonlyArray<Format.Points> =>
  Array.isArray(segmentation)
    ? segmentation.flatMap((part) => (isNumbers(part) && part.length >= 6 ? [Format.pairs(part)] : []))
    : []

const around = (points: Format.Points): Format.Points => {
  const { left, top, right, bottom } = Format.bounds(points)
  return Format.box(left, top, right, bottom)
}

/** The corners, or undefined if there are none. */
const pointsOf = (annotation: Annotation): Format.Points | undefined => {
  const [only, ...others] = polygonsIn(annotation)
  if (only !== undefined) return others.length === 0 ? only : around([...only, ...others.flat()])
  const [x, y, width, height] = annotation.bbox ?? []
  if (x === undefined || y === undefined || width === undefined || height === undefined) return undefined
  return Format.box(x, y, x + width, y + height)
}

const transcriptionOf = ({ attributes, text, transcription, utf8_string }: Annotation) => {
  const inside = Predicate.isObject(attributes) ? attributes["transcription"] : undefined
  return typeof inside === "string" ? inside : (text ?? transcription ?? utf8_string ?? undefined)
}

const markOf = (annotation: Annotation, index: number): Format.Mark | Format.Wrong => {
  const at = ["annotations", index]
  const points = pointsOf(annotation)
  if (points === undefined) return Format.wrong(at, 'it has neither a "segmentation" nor a "bbox"')
  const text = transcriptionOf(annotation)
  const isCrowd = annotation.iscrowd === true || annotation.iscrowd === 1
  return {
    points,
    ...(text === undefined ? {} : Format.textOf(text)),
    ...(isCrowd ? { illegible: true } : {}),
    at
  }
}

/** Area of a simple polygon, square pixels (the shoelace formula). */
const areaOf = (points: Format.Points): number =>
  Math.abs(
    points.reduce((sum, [x, y], i) => {
      const [nextX, nextY] = points[(i + 1) % points.length] ?? [x, y]
      return sum + x * nextY - nextX * y
    }, 0)
  ) / 2

export const coco: Format.Format = {
  name: "coco",
  title: "a COCO file",
  files: /\.json$/i,
  recognises: ({ json }) =>
    Predicate.isObject(json) && Array.isArray(json["images"]) && Array.isArray(json["annotations"]),
  loses: ["id"],
  read: Effect.fnUntraced(function* (source) {
    const { images, annotations } = yield* decode(source)
    const known = new Set(images.map(({ id }) => id))
    const items = annotations.map((one, i) =>
      known.has(one.image_id)
        ? markOf(one, i)
        : Format.wrong(["annotations", i, "image_id"], `no image has the id ${one.image_id}`)
    )
    const marks = yield* Format.collected(source, items, LAYOUT)
    const byImage = Map.groupBy(marks.entries(), ([i]) => annotations[i]?.image_id)
    return images.map(({ id, file_name, width, height }, i) => ({
      picture: file_name,
      ...(width === undefined || height === undefined ? {} : { size: { width, height } }),
      marks: (byImage.get(id) ?? []).map(([, mark]) => mark),
      at: ["images", i]
    }))
  }),
  write: (pictures) => {
    const annotations = pictures.flatMap(({ marks }, image) => marks.map((mark) => ({ image, mark })))
    const json = {
      images: pictures.map(({ picture, width, height }, i) => ({
        id: i + 1,
        file_name: picture,
        width,
        height
      })),
      annotations: annotations.map(({ image, mark: { points, transcription, illegible } }, i) => {
        const { left, top, right, bottom } = Format.bounds(points)
        return {
          id: i + 1,
          image_id: image + 1,
          category_id: 1,
          bbox: [left, top, right - left, bottom - top],
          area: areaOf(points),
          segmentation: [points.flat()],
          iscrowd: illegible === true ? 1 : 0,
          ...(transcription === undefined ? {} : { attributes: { transcription } })
        }
      }),
      categories: [{ id: 1, name: "text", supercategory: "text" }]
    }
    return [{ name: "annotations.json", text: `${JSON.stringify(json)}\n` }]
  }
}
