/**
 * PaddleOCR's detection labels: in each line a picture's path, a tab and a JSON list of regions.
 *
 * `###` and `*` are not learnt, and neither is what PPOCRLabel marks as `difficult`.
 *
 * https://paddlepaddle.github.io/PaddleOCR/main/en/datasets/ocr_datasets.html
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Format from "./Format.ts"
import * as Json from "./Json.ts"

const Flag = Schema.optionalKey(Schema.NullOr(Schema.Boolean))

const Region = Schema.Struct({
  transcription: Schema.optionalKey(Schema.NullOr(Schema.String)),
  points: Schema.Array(Json.Point),
  difficult: Flag,
  illegibility: Flag
})

const LAYOUT =
  'Each line is a path, a tab and [{"transcription": "text", "points": [[x, y], [x, y], [x, y], [x, y]]}, ...].'

const decodeLine = Json.decoderWithin(Schema.Array(Region), LAYOUT)

const textOf = (region: typeof Region.Type): Pick<Format.Mark, "transcription" | "illegible"> => {
  const text = region.transcription ?? undefined
  if (text === "*") return { illegible: true }
  return {
    ...(text === undefined ? {} : Format.textOf(text)),
    ...(region.difficult === true || region.illegibility === true ? { illegible: true } : {})
  }
}

const picturesIn = Effect.fnUntraced(function* (source: Format.Source, line: { text: string; at: number }) {
  const tab = line.text.indexOf("\t")
  if (tab < 1) return yield* Format.problem(source, line.at, "the line has no tab after a path", LAYOUT)
  const from = line.at + tab + 1
  const { value, offsets } = yield* decodeLine(source, from, line.at + line.text.length)
  const marks = value.map((region, i) => ({
    points: region.points,
    ...textOf(region),
    at: offsets[i] ?? from
  }))
  return { picture: line.text.slice(0, tab), marks, at: line.at }
})

export const paddleOcr: Format.Format = {
  name: "paddleocr",
  title: "a label file of PaddleOCR",
  files: /\.txt$/i,
  recognises: ({ text }) => /^[^\t\r\n]+\t\s*\[/.test(text),
  loses: ["size", "id", "illegible text", "empty text"],
  read: (source) =>
    Effect.forEach(
      Format.lines(source.text).filter(({ text }) => text.trim() !== ""),
      (line) => picturesIn(source, line)
    ),
  write: (pictures) => [
    {
      name: "Label.txt",
      text: pictures
        .map(({ picture, marks }) => {
          const regions = marks.map((mark) => ({ transcription: Format.careful(mark), points: mark.points }))
          return `images/${picture}\t${JSON.stringify(regions)}\n`
        })
        .join("")
    }
  ]
}
