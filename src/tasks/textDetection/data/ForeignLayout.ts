/** Annotations of other tools in place of ours: recognised by their form, with advice on what to do. */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"

export interface Foreign {
  readonly problem: string
  readonly cure: string
}

const OURS = '{"images": {"a.jpg": {"words": {"0001": {"points": [[x, y], ...]}}}}}'

const is = (what: string, cure: string): Foreign => ({
  problem: `this is ${what}, not the expected layout`,
  cure
})

const readable = (what: string, format: string): Foreign => is(what, `It is read with data.format=${format}.`)

const corners =
  "the corners of [x, y, width, height] are [x, y], [x + width, y], [x + width, y + height], [x, y + height]."

const coco = readable("a COCO file", "coco")
const labelMe = readable("a LabelMe file, of one picture", "labelme")
const via = is(
  "a file of the VGG Image Annotator",
  `Write it as ${OURS}: "filename" is the name, and each of "regions" a word, with all_points_x and all_points_y as pairs.`
)
const icdar = readable("an ICDAR text file, of one picture", "icdar")
const voc = is(
  "an XML file, such as Pascal VOC has",
  `Write it as ${OURS}: each object is a word, and its box gives the points: ${corners}`
)
const unwrapped: Foreign = {
  problem: 'the pictures are there, but not within "images"',
  cure: 'Put them all into {"images": {...}}.'
}

/** The layout of a text that is not JSON. */
export const ofText = (text: string): Foreign | undefined => {
  if (/^\s*<(?:\?xml|annotation)/.test(text)) return voc
  return /^\s*-?\d+(?:\.\d+)?(?:\s*,\s*-?\d+(?:\.\d+)?){3}(?:,|\s*$)/m.test(text.slice(0, 1000))
    ? icdar
    : undefined
}

const hasWords = (value: unknown): boolean => Predicate.isObject(value) && Predicate.isObject(value["words"])

const hasRegions = (value: unknown): boolean =>
  Predicate.isObject(value) && "regions" in value && "filename" in value

/** The layout of a JSON value that does not fit ours. */
export const ofValue = (value: unknown): Foreign | undefined => {
  if (!Predicate.isObject(value)) return undefined
  if (Array.isArray(value["images"]) || Array.isArray(value["annotations"])) return coco
  if (Array.isArray(value["shapes"])) return labelMe
  const [first] = Object.values(value)
  if ("_via_img_metadata" in value || hasRegions(first)) return via
  return hasWords(first) ? unwrapped : undefined
}

/** The layout of any text. */
export const of = (text: string): Foreign | undefined => {
  const parsed = Result.try((): unknown => JSON.parse(text))
  return Result.isSuccess(parsed) ? ofValue(parsed.success) : ofText(text)
}
