/**
 * ALTO XML, as libraries and archives have it: words (`String`), or lines. Only coordinates in pixels are read, since
 * other units need the resolution of a scan.
 *
 * https://www.loc.gov/standards/alto/, https://altoxml.github.io/documentation/use-cases/coordinates/ALTO_coordinates.html
 */
import * as Effect from "effect/Effect"
import * as Format from "./Format.ts"
import * as Xml from "./Xml.ts"

const LAYOUT =
  'A word is <String CONTENT="..." HPOS="x" VPOS="y" WIDTH="w" HEIGHT="h"/>, in pixels, or has <Shape><Polygon POINTS="x,y x,y"/></Shape>.'

const pointsOf = (element: Xml.Element): Format.Points | undefined => {
  const [shape] = Xml.children(element, "Shape")
  const polygon = shape && Xml.children(shape, "Polygon")[0]
  if (polygon !== undefined) return Xml.points(polygon.attributes["POINTS"])
  const [x = Number.NaN, y = Number.NaN, width = Number.NaN, height = Number.NaN] = [
    "HPOS",
    "VPOS",
    "WIDTH",
    "HEIGHT"
  ].map((name) => Number.parseFloat(element.attributes[name] ?? ""))
  const points = Format.box(x, y, x + width, y + height)
  return points.flat().every(Number.isFinite) ? points : undefined
}

/** A line's words with spaces between; of a word its content. */
const textOf = (element: Xml.Element): string =>
  Xml.nameOf(element) === "String"
    ? (element.attributes["CONTENT"] ?? "")
    : Xml.children(element, "String")
        .map(({ attributes }) => attributes["CONTENT"] ?? "")
        .join(" ")

const markOf = (element: Xml.Element): Format.Mark | Format.Wrong => {
  const points = pointsOf(element)
  const at = element.start
  if (points === undefined) return Format.wrong(at, `this ${Xml.nameOf(element)} has no coordinates`)
  const text = textOf(element)
  return { points, ...(text === "" ? {} : Format.textOf(text)), at }
}

const unitOf = (root: Xml.Element): Xml.Element | undefined => Xml.descendants(root, "MeasurementUnit")[0]

/** The picture that the file names, else one of the file's own name. */
const pictureOf = (root: Xml.Element, name: string): string => {
  const [source] = Xml.descendants(root, "sourceImageInformation")
  const named = source && Xml.children(source, "fileName")[0]?.text.trim()
  return named === undefined || named === "" ? Format.stem(name) : named
}

const reads = (element: "String" | "TextLine"): Format.Format["read"] =>
  Effect.fnUntraced(function* (source, name) {
    const root = yield* Xml.parse(source)
    const unit = unitOf(root)
    if (unit !== undefined && unit.text.trim() !== "pixel") {
      const said = `its coordinates are in ${unit.text.trim()}, not in pixels`
      return yield* Format.problem(source, unit.start, said, "Export it with pixels.")
    }
    const [page, second] = Xml.descendants(root, "Page")
    if (page === undefined) return yield* Format.problem(source, root.start, "it has no <Page>", LAYOUT)
    if (second !== undefined) {
      return yield* Format.problem(
        source,
        second.start,
        "it has a second page",
        "Export a file for each page."
      )
    }
    const [width, height] = [Xml.side(page, "WIDTH"), Xml.side(page, "HEIGHT")]
    const marks = yield* Format.collected(source, Xml.descendants(page, element).map(markOf), LAYOUT)
    const size = width === undefined || height === undefined ? {} : { size: { width, height } }
    return [{ picture: pictureOf(root, name), ...size, marks, at: page.start }]
  })

const lineOf = (mark: Omit<Format.Mark, "at">, index: number): string => {
  const { left, top, right, bottom } = Format.bounds(mark.points)
  const box = `HPOS="${left}" VPOS="${top}" WIDTH="${right - left}" HEIGHT="${bottom - top}"`
  const polygon = mark.points.map(([x, y]) => `${x},${y}`).join(" ")
  const shape = `<Shape><Polygon POINTS="${polygon}"/></Shape>`
  const text = Xml.escaped(Format.careful(mark))
  return `        <TextLine ID="l${index + 1}" ${box}>${shape}<String ID="s${index + 1}" ${box} CONTENT="${text}">${shape}</String></TextLine>\n`
}

const write = (pictures: ReadonlyArray<Format.Writable>): ReadonlyArray<Format.Written> =>
  pictures.map(({ picture, width, height, marks }) => {
    const box = `HPOS="0" VPOS="0" WIDTH="${width}" HEIGHT="${height}"`
    return {
      name: `alto/${Format.beside(picture, "", ".xml")}`,
      text: [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        '<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#">\n',
        "  <Description><MeasurementUnit>pixel</MeasurementUnit>",
        `<sourceImageInformation><fileName>${Xml.escaped(picture)}</fileName></sourceImageInformation></Description>\n`,
        `  <Layout>\n    <Page ID="p1" PHYSICAL_IMG_NR="1" WIDTH="${width}" HEIGHT="${height}">\n`,
        `      <PrintSpace ${box}><TextBlock ID="b1" ${box}>\n`,
        ...marks.map(lineOf),
        "      </TextBlock></PrintSpace>\n    </Page>\n  </Layout>\n</alto>\n"
      ].join("")
    }
  })

const make = (name: string, title: string, element: "String" | "TextLine"): Format.Format => ({
  name,
  title,
  files: /\.xml$/i,
  perPicture: true,
  recognises: ({ text }) => /<(?:\w+:)?alto[\s>]/.test(text),
  loses: ["id", "illegible text", "empty text"],
  read: reads(element),
  write
})

/** By words. */
export const alto = make("alto", "ALTO XML", "String")

/** By lines. */
export const altoLines = make("alto_lines", "ALTO XML, by lines", "TextLine")
