/** The words of a language, from which prose and receipts are invented, and the scripts that a font needs for them. */
import type { Script } from "../../../../pipeline/picture/Canvas.ts"

export type Words = readonly [string, ...Array<string>]

/** Words separated by bars; a line may end after a bar. */
export const words = (text: string): Words => {
  const [first = "", ...rest] = text.trim().split(/\|\s*/)
  return [first, ...rest]
}

/** What is printed beside a value, or above a column. */
export type Label =
  | "number"
  | "bill"
  | "date"
  | "printed"
  | "cashier"
  | "table"
  | "terminal"
  | "seller"
  | "time"
  | "reference"
  | "item"
  | "amount"
  | "price"
  | "quantity"
  | "taxHead"
  | "subtotal"
  | "tax"
  | "rounding"
  | "discount"
  | "total"
  | "cash"
  | "change"
  | "summary"
  | "count"
  | "phone"
  | "taxId"
  | "customer"
  | "due"
  | "bank"
  | "dear"
  | "regards"
  | "subject"
  | "page"
  | "chapter"
  | "form"
  | "field"
  | "option"

export interface Lexicon {
  /** Beside the basic Latin letters and those of western Europe, which every font has. */
  readonly scripts: ReadonlyArray<Script>
  /** Whether old books are printed in black letter. */
  readonly blackLetter?: boolean
  /** Words of running text, the most frequent first. */
  readonly prose: Words
  readonly people: Words
  /** A shop's name is one of each. */
  readonly first: Words
  readonly trade: Words
  readonly firm: Words
  readonly street: Words
  readonly city: Words
  readonly goods: Words
  readonly title: Words
  readonly thanks: Words
  readonly policy: Words
  readonly labels: { readonly [L in Label]: Words }
}
