/** What a plan says of the pictures that are drawn. */
import * as Schema from "effect/Schema"
import { Fraction, field } from "../../../pipeline/plan/Plan.ts"
import * as Names from "./Names.ts"

const Part = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

const part = (what: string) => field(Part, 0, `How often ${what} are drawn, relative to the others.`)

/** Parts of the kinds; not all are nothing. */
export const Mix = Schema.Struct({
  receipt: part("receipts"),
  document: part("letters, forms and invoices"),
  book: part("pages of books")
}).check(
  Schema.makeFilter(
    ({ receipt, document, book }) => receipt + document + book > 0 || "Expected a part above 0"
  )
)

export const fields = {
  document: field(
    Schema.Union([Schema.Literals([...Names.KINDS, "mixed"]), Mix]),
    "receipt",
    "What is drawn: receipt, document, book, mixed, or parts such as {receipt: 2, book: 1}."
  ),
  level: field(Schema.Literals(Names.LEVELS), "line", "Whether regions are lines or words."),
  difficulty: field(
    Schema.Union([Schema.Literals(Names.DIFFICULTIES), Fraction]),
    "medium",
    "Blur, noise, perspective, light, compression and things that cover text: easy, medium, hard, or 0 to 1."
  ),
  languages: field(
    Schema.NonEmptyArray(Schema.Literals(Names.LANGUAGES)),
    ["en"],
    "Each picture is in one of them, set in typefaces that have its letters."
  )
}
