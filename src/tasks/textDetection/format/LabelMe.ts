/**
 * LabelMe: `a.json` for `a.jpg`, with polygons and rectangles in `shapes`.
 *
 * Its label is a class or, as many use it for text, what is written there. A shape labelled `text`, `word` or `line`
 * has its text in `description`; any other label is the text itself. `###` or the flag `illegible` marks what is not
 * legible. Circles, lines and points are refused as polygons are that have no area.
 *
 * https://github.com/wkentaro/labelme
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Format from "./Format.ts"
import * as Json from "./Json.ts"

const Shape = Schema.Struct({
  label: Schema.String,
  points: Schema.Array(Json.Point),
  shape_type: Schema.optionalKey(Schema.NullOr(Schema.String)),
  description: Schema.optionalKey(Schema.NullOr(Schema.String)),
  flags: Schema.optionalKey(Schema.Unknown)
})

const File = Schema.Struct({
  shapes: Schema.Array(Shape),
  imagePath: Schema.NonEmptyString,
  imageWidth: Schema.optionalKey(Schema.NullOr(Json.Side)),
  imageHeight: Schema.optionalKey(Schema.NullOr(Json.Side))
})

const LAYOUT =
  'The layout is {"imagePath", "imageWidth", "imageHeight", "shapes": [{"label", "shape_type", "points": [[x, y], ...]}]}.'

const decode = Json.decoder(File, LAYOUT)

const pointsOf = ({ shape_type, points }: typeof Shape.Type): Format.Points => {
  if (shape_type !== "rectangle" || points.length < 2) return points
  const { left, top, right, bottom } = Format.bounds(points)
  return Format.box(left, top, right, bottom)
}

const CLASSES: ReadonlySet<string> = new Set(["text", "word", "line"])

const markOf = (shape: typeof Shape.Type, index: number): Format.Mark => {
  const { label, description, flags } = shape
  const text = CLASSES.has(label) ? description || undefined : label
  const isFlagged = Predicate.isObject(flags) && flags["illegible"] === true
  return {
    points: pointsOf(shape),
    ...(text === undefined ? {} : Format.textOf(text)),
    ...(isFlagged ? { illegible: true } : {}),
    at: ["shapes", index]
  }
}

export const labelMe: Format.Format = {
  name: "labelme",
  title: "LabelMe files",
  files: /\.json$/i,
  perPicture: true,
  recognises: ({ json }) =>
    Predicate.isObject(json) && Array.isArray(json["shapes"]) && typeof json["imagePath"] === "string",
  loses: ["id", "empty text"],
  read: Effect.fnUntraced(function* (source) {
    const { shapes, imagePath, imageWidth, imageHeight } = yield* decode(source)
    const [width, height] = [imageWidth ?? undefined, imageHeight ?? undefined]
    return [
      {
        picture: imagePath,
        ...(width === undefined || height === undefined ? {} : { size: { width, height } }),
        marks: shapes.map(markOf),
        at: ["imagePath"]
      }
    ]
  }),
  write: (pictures) =>
    pictures.map(({ picture, width, height, marks }) => ({
      name: `images/${Format.beside(picture, "", ".json")}`,
      text: `${JSON.stringify(
        {
          version: "5.5.0",
          flags: {},
          shapes: marks.map(({ points, transcription, illegible }) => ({
            label: "text",
            points,
            group_id: null,
            description: transcription ?? "",
            shape_type: "polygon",
            flags: illegible === true ? { illegible: true } : {},
            mask: null
          })),
          imagePath: Format.base(picture),
          imageData: null,
          imageHeight: height,
          imageWidth: width
        },
        null,
        2
      )}\n`
    }))
}
