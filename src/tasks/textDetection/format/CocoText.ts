/**
 * COCO-Text: `imgs` and `anns` by id; corners in `mask` (version 2) or `polygon` (version 1), else a box in `bbox`.
 *
 * https://bgshih.github.io/cocotext/, https://github.com/bgshih/coco-text
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Format from "./Format.ts"
import * as Json from "./Json.ts"

const Id = Schema.Union([Schema.Finite, Schema.String])
const Numbers = Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.Finite)))

const Annotation = Schema.Struct({
  image_id: Id,
  bbox: Numbers,
  mask: Numbers,
  polygon: Numbers,
  utf8_string: Schema.optionalKey(Schema.NullOr(Schema.String)),
  legibility: Schema.optionalKey(Schema.NullOr(Schema.String))
})

const File = Schema.Struct({
  imgs: Schema.Record(
    Schema.String,
    Schema.Struct({
      file_name: Schema.NonEmptyString,
      width: Schema.optionalKey(Json.Side),
      height: Schema.optionalKey(Json.Side),
      set: Schema.optionalKey(Schema.NullOr(Schema.String))
    })
  ),
  anns: Schema.Record(Schema.String, Annotation)
})

const LAYOUT =
  'The layout is {"imgs": {id: {"file_name", "width", "height", "set"}}, "anns": {id: {"image_id", "mask", "bbox", "utf8_string", "legibility"}}}.'

const decode = Json.decoder(File, LAYOUT)

const pointsOf = ({ mask, polygon, bbox }: typeof Annotation.Type): Format.Points | undefined => {
  const numbers = [mask, polygon].find((some) => (some?.length ?? 0) >= 6)
  if (numbers !== undefined && numbers !== null) return Format.pairs(numbers)
  const [x, y, width, height] = bbox ?? []
  if (x === undefined || y === undefined || width === undefined || height === undefined) return undefined
  return Format.box(x, y, x + width, y + height)
}

const markOf = (id: string, annotation: typeof Annotation.Type): Format.Mark | Format.Wrong => {
  const points = pointsOf(annotation)
  const at = ["anns", id]
  if (points === undefined) return Format.wrong(at, 'it has no "mask", no "polygon" and no "bbox"')
  const text = annotation.utf8_string ?? undefined
  return {
    points,
    ...(text === undefined ? {} : Format.textOf(text)),
    ...(annotation.legibility === "illegible" ? { illegible: true } : {}),
    at
  }
}

const SPLITS: { readonly [name: string]: Format.Split } = { train: "train", val: "val", test: "test" }

export const cocoText: Format.Format = {
  name: "coco_text",
  title: "a COCO-Text file",
  files: /\.json$/i,
  recognises: ({ json }) =>
    Predicate.isObject(json) && Predicate.isObject(json["imgs"]) && Predicate.isObject(json["anns"]),
  loses: ["id"],
  read: Effect.fnUntraced(function* (source) {
    const { imgs, anns } = yield* decode(source)
    const entries = Object.entries(anns)
    const marks = yield* Format.collected(
      source,
      entries.map(([id, annotation]) =>
        Object.hasOwn(imgs, String(annotation.image_id))
          ? markOf(id, annotation)
          : Format.wrong(["anns", id, "image_id"], `no image has the id ${annotation.image_id}`)
      ),
      LAYOUT
    )
    const byImage = Map.groupBy(marks.entries(), ([i]) => String(entries[i]?.[1].image_id))
    return Object.entries(imgs).map(([id, { file_name, width, height, set }]) => {
      const split = SPLITS[set ?? ""]
      return {
        picture: file_name,
        ...(width === undefined || height === undefined ? {} : { size: { width, height } }),
        ...(split === undefined ? {} : { split }),
        marks: (byImage.get(id) ?? []).map(([, mark]) => mark),
        at: ["imgs", id]
      }
    })
  }),
  write: (pictures) => {
    const all = pictures.flatMap(({ marks }, image) => marks.map((mark) => ({ image, mark })))
    const imgs = pictures.map(({ picture, width, height }, i) => ({
      id: i + 1,
      file_name: picture,
      width,
      height
    }))
    const anns = all.map(({ image, mark: { points, transcription, illegible } }, i) => {
      const { left, top, right, bottom } = Format.bounds(points)
      return {
        id: i + 1,
        image_id: image + 1,
        mask: points.flat(),
        bbox: [left, top, right - left, bottom - top],
        legibility: illegible === true ? "illegible" : "legible",
        ...(transcription === undefined ? {} : { utf8_string: transcription })
      }
    })
    const byImage = Map.groupBy(anns, (ann) => ann.image_id)
    const json = {
      cats: {},
      imgs: Object.fromEntries(imgs.map((one) => [one.id, one])),
      anns: Object.fromEntries(anns.map((one) => [one.id, one])),
      imgToAnns: Object.fromEntries(imgs.map(({ id }) => [id, (byImage.get(id) ?? []).map((ann) => ann.id)]))
    }
    return [{ name: "cocotext.json", text: `${JSON.stringify(json)}\n` }]
  }
}
