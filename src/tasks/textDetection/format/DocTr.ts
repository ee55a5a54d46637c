/**
 * docTR's labels for detection: `{"a.jpg": {"img_dimensions": [w, h], "polygons": [[[x, y], …], …]}}`, or with classes
 * `"polygons": {"class": […]}`, which are all read.
 *
 * https://github.com/mindee/doctr/blob/main/references/detection/README.md
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as Format from "./Format.ts"
import * as Json from "./Json.ts"

const Polygons = Schema.Array(Schema.Array(Json.Point))

const File = Schema.Record(
  Schema.String,
  Schema.Struct({
    img_dimensions: Schema.optionalKey(Schema.NullOr(Schema.Tuple([Json.Side, Json.Side]))),
    polygons: Schema.Union([Polygons, Schema.Record(Schema.String, Polygons)])
  })
)

const LAYOUT =
  'The layout is {file: {"img_dimensions": [width, height], "polygons": [[[x, y], [x, y], [x, y], [x, y]], ...]}}.'

const decode = Json.decoder(File, LAYOUT)

const isPolygons = (value: unknown): value is typeof Polygons.Type => Array.isArray(value)

const marksOf = (picture: string, polygons: (typeof File.Type)[string]["polygons"]) => {
  const lists = isPolygons(polygons)
    ? [{ list: polygons, path: [picture, "polygons"] }]
    : Object.entries(polygons).map(([key, list]) => ({ list, path: [picture, "polygons", key] }))
  return lists.flatMap(({ list, path }) => list.map((points, i) => ({ points, at: [...path, i] })))
}

const hasPolygons = (value: unknown): boolean => Predicate.isObject(value) && "polygons" in value

export const docTr: Format.Format = {
  name: "doctr",
  title: "a label file of docTR",
  files: /\.json$/i,
  recognises: ({ json }) => {
    if (!Predicate.isObject(json)) return false
    const values = Object.values(json)
    return values.length > 0 && values.every(hasPolygons)
  },
  loses: ["id", "transcription", "illegible", "illegible text", "empty text", "line ends"],
  read: (source) =>
    Effect.map(decode(source), (file) =>
      Object.entries(file).map(([picture, { img_dimensions, polygons }]) => ({
        picture,
        ...(Predicate.isNullish(img_dimensions)
          ? {}
          : { size: { width: img_dimensions[0], height: img_dimensions[1] } }),
        marks: marksOf(picture, polygons),
        at: [picture]
      }))
    ),
  write: (pictures) => [
    {
      name: "labels.json",
      text: `${JSON.stringify(
        Object.fromEntries(
          pictures.map(({ picture, width, height, marks }) => [
            picture,
            { img_dimensions: [width, height], polygons: marks.map(({ points }) => points) }
          ])
        )
      )}\n`
    }
  ]
}
