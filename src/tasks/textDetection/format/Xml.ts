/** XML with places; its parser is loaded when the first file is read. */
import type { XmlElement } from "@rgrove/parse-xml"
import * as Effect from "effect/Effect"
import type { DataError } from "../../../pipeline/task/Dataset.ts"
import * as Format from "./Format.ts"

export type Element = XmlElement

const CURE = "Correct the file, or export it again."

/** The offset of a character that the parser counted; characters outside of the basic plane have two units. */
const unitsBefore = (text: string, characters: number): number =>
  /[\u{10000}-\u{10FFFF}]/u.test(text) ? [...text].slice(0, characters).join("").length : characters

const failed = (source: Format.Source, error: unknown): DataError => {
  const counted = error instanceof Error && "pos" in error && typeof error.pos === "number" ? error.pos : 0
  const at = unitsBefore(source.text, counted)
  const said = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)
  return Format.problem(source, at, `this is not XML: ${said.replace(/ \(line \d+, column \d+\)/, "")}`, CURE)
}

/** The outermost element. External and declared entities are not resolved. */
export const parse = Effect.fnUntraced(function* (
  source: Format.Source
): Effect.fn.Return<Element, DataError> {
  const { parseXml } = yield* Effect.promise(() => import("@rgrove/parse-xml"))
  const document = yield* Effect.try({
    try: () => parseXml(source.text, { includeOffsets: true }),
    catch: (error) => failed(source, error)
  })
  const { root } = document
  return root ?? (yield* Format.problem(source, 0, "it has no element", CURE))
})

/** The name without its namespace. */
export const nameOf = ({ name }: Element): string => name.slice(name.indexOf(":") + 1)

const isElement = (node: Element["children"][number]): node is Element => "children" in node && "name" in node

/** The children of a name, in order. */
export const children = (element: Element, name: string): ReadonlyArray<Element> =>
  element.children.filter(isElement).filter((child) => nameOf(child) === name)

/** The elements of a name at any depth, in order. */
export const descendants = (element: Element, name: string): ReadonlyArray<Element> => {
  const found: Array<Element> = []
  const waiting = [element]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next !== element && nameOf(next) === name) found.push(next)
    waiting.push(...next.children.filter(isElement).toReversed())
  }
  return found
}

/** An attribute as a whole number of pixels, at least 1; undefined if it is none. */
export const side = (element: Element, name: string): number | undefined => {
  const value = Number(element.attributes[name])
  return Number.isInteger(value) && value > 0 ? value : undefined
}

/** Pairs of numbers: `x,y x,y` or `x y x y`; undefined if they are none. */
export const points = (text: string | undefined): Format.Points | undefined => {
  const numbers = (text ?? "")
    .trim()
    .split(/[\s,]+/)
    .map(Number)
  const isSound = numbers.length >= 2 && numbers.length % 2 === 0 && numbers.every(Number.isFinite)
  return isSound && (text ?? "").trim() !== "" ? Format.pairs(numbers) : undefined
}

/** A text or attribute, written; what XML 1.0 cannot have is left out. */
export const escaped = (text: string): string =>
  [...text]
    .filter((character) => !FORBIDDEN.test(character))
    .join("")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#13;")
    .replaceAll("\n", "&#10;")
    .replaceAll("\t", "&#9;")

// https://www.w3.org/TR/xml/#charsets
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u
