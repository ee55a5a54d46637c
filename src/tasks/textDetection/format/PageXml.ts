/**
 * PAGE XML, as Transkribus, eScriptorium and OCR-D write it: words, or lines where there are none. Blocks are not read.
 *
 * PAGE has whole pixels. What a person cannot read is marked by `illegible` in `custom`, where Transkribus has its tags.
 *
 * https://ocr-d.de/en/spec/page, https://www.primaresearch.org/schema/PAGE/gts/pagecontent/2019-07-15/
 */
import * as Effect from "effect/Effect"
import * as Format from "./Format.ts"
import * as Xml from "./Xml.ts"

const LAYOUT =
  'A line is <TextLine><Coords points="x,y x,y x,y"/>...</TextLine>, in <Page imageFilename="...">.'

/** Of 2013 and later in an attribute, of 2010 in elements. */
const pointsOf = (element: Xml.Element): Format.Points | undefined => {
  const [coords] = Xml.children(element, "Coords")
  if (coords === undefined) return undefined
  if (coords.attributes["points"] !== undefined) return Xml.points(coords.attributes["points"])
  const text = Xml.children(coords, "Point").map(({ attributes }) => `${attributes["x"]},${attributes["y"]}`)
  return Xml.points(text.join(" "))
}

/** The first of several texts is the best. */
const textOf = (element: Xml.Element): string | undefined => {
  const texts = Xml.children(element, "TextEquiv")
  const first = texts.find(({ attributes }) => attributes["index"] === "0") ?? texts[0]
  return first === undefined ? undefined : Xml.children(first, "Unicode")[0]?.text
}

const markOf = (element: Xml.Element): Format.Mark | Format.Wrong => {
  const points = pointsOf(element)
  const at = element.start
  if (points === undefined) return Format.wrong(at, `this ${Xml.nameOf(element)} has no coordinates`)
  const text = textOf(element)
  return {
    points,
    ...(text === undefined ? {} : Format.textOf(text)),
    ...(/\billegible\b/.test(element.attributes["custom"] ?? "") ? { illegible: true } : {}),
    at
  }
}

const wordsOf = (line: Xml.Element): ReadonlyArray<Xml.Element> => {
  const words = Xml.children(line, "Word")
  return words.length === 0 ? [line] : words
}

const pageOf = Effect.fnUntraced(function* (source: Format.Source, page: Xml.Element, level: Level) {
  const picture = page.attributes["imageFilename"] ?? ""
  if (picture === "") return yield* Format.problem(source, page.start, "the page names no picture", LAYOUT)
  const [width, height] = [Xml.side(page, "imageWidth"), Xml.side(page, "imageHeight")]
  const lines = Xml.descendants(page, "TextLine")
  const elements = level === "words" ? lines.flatMap(wordsOf) : lines
  return {
    picture,
    ...(width === undefined || height === undefined ? {} : { size: { width, height } }),
    marks: yield* Format.collected(source, elements.map(markOf), LAYOUT),
    at: page.start
  }
})

type Level = "words" | "lines"

const reads = (level: Level): Format.Format["read"] =>
  Effect.fnUntraced(function* (source) {
    const root = yield* Xml.parse(source)
    const pages = Xml.children(root, "Page")
    if (pages.length === 0) return yield* Format.problem(source, root.start, "it has no <Page>", LAYOUT)
    return yield* Effect.forEach(pages, (page) => pageOf(source, page, level))
  })

const SPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"

const lineOf = ({ points, transcription, illegible }: Omit<Format.Mark, "at">, index: number): string => {
  const coordinates = points.map(([x, y]) => `${whole(x)},${whole(y)}`).join(" ")
  const custom = illegible === true ? ' custom="illegible {}"' : ""
  const text =
    transcription === undefined
      ? ""
      : `<TextEquiv><Unicode>${Xml.escaped(transcription)}</Unicode></TextEquiv>`
  return `      <TextLine id="l${index + 1}"${custom}><Coords points="${coordinates}"/>${text}</TextLine>\n`
}

/** Never negative, as the schema has it. */
const whole = (pixels: number): number => Math.max(0, Math.round(pixels))

const write = (pictures: ReadonlyArray<Format.Writable>): ReadonlyArray<Format.Written> =>
  pictures.map(({ picture, width, height, marks }) => ({
    name: `page/${Format.beside(picture, "", ".xml")}`,
    text: [
      '<?xml version="1.0" encoding="UTF-8"?>\n',
      `<PcGts xmlns="${SPACE}">\n`,
      "  <Metadata><Creator>anneal</Creator><Created>1970-01-01T00:00:00</Created><LastChange>1970-01-01T00:00:00</LastChange></Metadata>\n",
      `  <Page imageFilename="${Xml.escaped(picture)}" imageWidth="${width}" imageHeight="${height}">\n`,
      `    <TextRegion id="r1"><Coords points="0,0 ${width},0 ${width},${height} 0,${height}"/>\n`,
      ...marks.map(lineOf),
      "    </TextRegion>\n  </Page>\n</PcGts>\n"
    ].join("")
  }))

const make = (name: string, title: string, level: Level): Format.Format => ({
  name,
  title,
  files: /\.xml$/i,
  perPicture: true,
  recognises: ({ text }) => /<(?:\w+:)?PcGts[\s>]/.test(text),
  loses: ["id", "coordinates"],
  read: reads(level),
  write
})

/** Words, or lines where there are none. */
export const page = make("page", "PAGE XML", "words")

/** Lines, whether there are words or not. */
export const pageLines = make("page_lines", "PAGE XML, by lines", "lines")
