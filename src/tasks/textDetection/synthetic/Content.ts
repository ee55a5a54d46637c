/** The text of a receipt, row by row, without typefaces or places. */
import type { Random } from "../../../pipeline/nn/Random.ts"
import * as Vocabulary from "./Vocabulary.ts"

/**
 * A piece of text that becomes one region: `at` is the place of its anchor, from 0 at the left margin to 1 at the
 * right.
 */
export interface Cell {
  readonly text: string
  readonly at: number
  readonly align: "left" | "center" | "right"
  /** Omitted rather than cut if there is no room. */
  readonly whole?: boolean
}

export type Row =
  | {
      readonly _tag: "Text"
      readonly cells: ReadonlyArray<Cell>
      /** Relative to the receipt's base size. */
      readonly scale: number
      readonly bold: boolean
      /** Set in the title's typeface instead of the body's. */
      readonly display: boolean
    }
  /** A separator: characters or a drawn line; never a region. */
  | { readonly _tag: "Rule"; readonly mark: "-" | "=" | "*" | "line" | "dashes" | "dots" }
  /** Empty lines, in units of the line pitch. */
  | { readonly _tag: "Gap"; readonly lines: number }
  /** A bar code or an emblem, with its height in lines; never a region. */
  | { readonly _tag: "Figure"; readonly figure: "bars" | "emblem"; readonly lines: number }

type Line = Partial<Pick<Extract<Row, { _tag: "Text" }>, "scale" | "bold" | "display">>

const row = (cells: ReadonlyArray<Cell>, line: Line = {}): Row => ({
  _tag: "Text",
  cells,
  scale: line.scale ?? 1,
  bold: line.bold ?? false,
  display: line.display ?? false
})

const left = (text: string, at = 0): Cell => ({ text, at, align: "left" })
const right = (text: string, at = 1): Cell => ({ text, at, align: "right", whole: true })
const center = (text: string): Cell => ({ text, at: 0.5, align: "center" })

const gap = (lines: number): Row => ({ _tag: "Gap", lines })

/** Choices that apply to a whole receipt. */
export interface Habits {
  readonly centered: boolean
  readonly rule: Extract<Row, { _tag: "Rule" }>["mark"]
  readonly currency: string
  /** Where the numbers of a table end, left to right; the last is 1. */
  readonly columns: ReadonlyArray<number>
  readonly itemStyle: "one row" | "name above" | "code above"
  readonly colon: string
}

export const habits = (random: Random): Habits => ({
  centered: random.chance(0.75),
  rule: random.pick(["-", "-", "-", "=", "*", "line", "dashes", "dots"]),
  currency: random.pick(["RM", "RM", "$", "", "", "EUR", "GBP"]),
  columns: random.pick([[1], [0.68, 1], [0.66, 1], [0.56, 0.78, 1], [0.6, 0.78, 1], [0.5, 0.64, 0.8, 1]]),
  itemStyle: random.pick(["one row", "one row", "name above", "code above"]),
  colon: random.pick([":", " :", ": ", ""])
})

const heading = (random: Random, { centered }: Habits): ReadonlyArray<Row> => {
  const place = centered ? center : left
  const scale = random.pick([1, 1.2, 1.4, 1.8])
  const bold = random.chance(0.4)
  const lines = [
    ...(random.chance(0.6) ? [Vocabulary.registration(random)] : []),
    ...Vocabulary.address(random),
    ...(random.chance(0.8) ? [Vocabulary.phone(random)] : []),
    ...(random.chance(0.6) ? [Vocabulary.taxId(random)] : [])
  ]
  return [
    ...(random.chance(0.15) ? [{ _tag: "Figure", figure: "emblem", lines: 3 } as const] : []),
    row([place(Vocabulary.shop(random))], { scale, bold, display: true }),
    ...lines.map((text) => row([place(text)])),
    gap(random.between(0.2, 1)),
    ...(random.chance(0.75)
      ? [
          row([center(Vocabulary.title(random))], {
            scale: random.pick([1, 1.2, 1.5]),
            bold: random.chance(0.5),
            display: true
          })
        ]
      : [])
  ]
}

type Fact = readonly [label: string, value: (random: Random) => string]

const FACTS: readonly [Fact, ...Array<Fact>] = [
  ["Invoice No", Vocabulary.number],
  ["Bill No", Vocabulary.number],
  ["Date", (random: Random) => `${Vocabulary.date(random)} ${Vocabulary.time(random)}`],
  ["Printed", Vocabulary.date],
  ["Cashier", Vocabulary.person],
  ["Table", (random: Random) => Vocabulary.digits(random, 2)],
  ["Terminal", (random: Random) => `T${1 + random.int(9)}`],
  ["Salesperson", Vocabulary.person],
  ["Time", Vocabulary.time],
  ["Ref.", Vocabulary.number]
]

/** Label and value: one region if set together, two in separate columns. */
const facts = (random: Random, { colon }: Habits): ReadonlyArray<Row> => {
  const together = random.chance(0.5)
  const at = random.between(0.3, 0.45)
  const count = 2 + random.int(4)
  const order = [...FACTS].map((fact) => ({ fact, key: random.float() })).sort((a, b) => a.key - b.key)
  const rows = order.slice(0, count).map(({ fact: [label, value] }) => {
    const text = value(random)
    return together
      ? row([left(`${label}${colon} ${text}`)])
      : row([left(`${label}${colon}`), left(text, at)])
  })
  const pair = row([left(Vocabulary.date(random)), right(Vocabulary.time(random))])
  return random.chance(0.4) ? [...rows, pair] : rows
}

type Heads = readonly [string, ...Array<string>]

/** Column titles from the right. */
const HEADS: readonly [Heads, ...Array<Heads>] = [
  ["Amount", "Total", "Amt", "TOTAL(RM)"],
  ["Price", "U.Price", "@", "Rate"],
  ["Qty", "Unit", "QTY"],
  ["Disc", "Tax", "GST"]
]

const tableHead = (random: Random, { columns }: Habits): Row =>
  row(
    [
      left(random.pick(["Item", "Description", "Product", "ITEM NAME", "Item/Desc."])),
      ...columns.map((at, i) => right(random.pick(HEADS[columns.length - 1 - i] ?? HEADS[0]), at))
    ],
    { bold: random.chance(0.2) }
  )

interface Sold {
  readonly name: string
  readonly quantity: number
  readonly price: number
}

/** The numbers of an item for as many columns as there are, the last being its amount. */
const figures = (random: Random, { columns }: Habits, { quantity, price }: Sold): ReadonlyArray<Cell> => {
  const all = [random.pick(["0.00", "SR", "6%", "5.0"]), String(quantity), Vocabulary.money(price)]
  const before = columns.length > 1 ? all.slice(4 - columns.length) : []
  const texts = [...before, Vocabulary.money(quantity * price)]
  return columns.map((at, i) => right(texts[i] ?? "", at))
}

const item = (random: Random, habit: Habits, sold: Sold): ReadonlyArray<Row> => {
  if (habit.itemStyle === "one row") return [row([left(sold.name), ...figures(random, habit, sold)])]
  const times = `${sold.quantity} ${random.pick(["x", "X", "@"])} ${Vocabulary.money(sold.price)}`
  const numbers =
    habit.columns.length > 2
      ? figures(random, habit, sold)
      : [right(times, 0.62), right(Vocabulary.money(sold.quantity * sold.price))]
  if (habit.itemStyle === "name above") return [row([left(sold.name)]), row(numbers)]
  return [row([left(Vocabulary.code(random))]), row([left(sold.name), ...numbers.slice(-1)])]
}

const totals = (random: Random, habit: Habits, sum: number): ReadonlyArray<Row> => {
  const tax = Math.round(sum * 0.06)
  const paid = Math.ceil((sum + tax) / 1000) * 1000
  const at = random.pick([0, 0, 0.3, 0.45])
  const currency = habit.currency !== "" && random.chance(0.4)
  const scale = random.pick([1, 1, 1.25, 1.5])
  const amount = (cents: number, large = false): ReadonlyArray<Cell> => [
    ...(currency && !large ? [{ ...left(habit.currency, Math.max(0.62, at + 0.3)), whole: true }] : []),
    right(Vocabulary.money(cents))
  ]
  const lines: ReadonlyArray<readonly [string, number]> = [
    [random.pick(["Sub Total", "Subtotal", "Total Excl. GST", "Total Sales"]), sum],
    [random.pick(["GST 6%", "Service Tax 6%", "Tax", "VAT"]), tax],
    ["Rounding Adj.", random.int(5) - 2],
    ["Discount", -random.int(300)]
  ]
  return [
    ...lines
      .filter(() => random.chance(0.7))
      .map(([label, cents]) => row([left(`${label}${habit.colon}`, at), ...amount(cents)])),
    row(
      [
        left(random.pick(["TOTAL", "Total", "Grand Total", "Total Payable"]), at),
        ...amount(sum + tax, scale > 1)
      ],
      {
        scale,
        bold: random.chance(0.6),
        display: random.chance(0.3)
      }
    ),
    ...(random.chance(0.8)
      ? [row([left(random.pick(["CASH", "Cash Tendered", "Paid"]), at), ...amount(paid)])]
      : []),
    ...(random.chance(0.7)
      ? [row([left(random.pick(["CHANGE", "Change Due"]), at), ...amount(paid - sum - tax)])]
      : []),
    ...(random.chance(0.2)
      ? [row([left(random.pick(["VISA", "MasterCard"])), right(Vocabulary.cardNumber(random))])]
      : [])
  ]
}

const taxSummary = (random: Random, { rule }: Habits, sum: number): ReadonlyArray<Row> => [
  row([left("GST Summary"), right("Amount", 0.7), right("Tax")]),
  { _tag: "Rule", mark: rule },
  row([
    left(random.pick(["SR = 6%", "SR @6%", "ZR = 0%"])),
    right(Vocabulary.money(sum), 0.7),
    right(Vocabulary.money(Math.round(sum * 0.06)))
  ])
]

const closing = (random: Random, { centered }: Habits): ReadonlyArray<Row> => {
  const place = centered || random.chance(0.6) ? center : left
  return [
    ...(random.chance(0.25) ? [row([left(`Item Count: ${1 + random.int(12)}`)])] : []),
    gap(random.between(0.3, 1.2)),
    ...Array.from({ length: 1 + random.int(3) }, () =>
      row([place(random.chance(0.55) ? Vocabulary.thanks(random) : Vocabulary.policy(random))])
    ),
    ...(random.chance(0.25) ? [row([place(Vocabulary.web(random))])] : []),
    ...(random.chance(0.2)
      ? [
          gap(0.4),
          { _tag: "Figure", figure: "bars", lines: 2 + random.int(2) } as const,
          row([center(Vocabulary.digits(random, 13))])
        ]
      : [])
  ]
}

/** A whole receipt with this many `items`. */
export const make = (random: Random, habit: Habits, items: number): ReadonlyArray<Row> => {
  const rule: Row = { _tag: "Rule", mark: habit.rule }
  const sold = Array.from(
    { length: items },
    (): Sold => ({
      name: Vocabulary.goods(random),
      quantity: 1 + Math.floor(random.float() ** 3 * 6),
      price: Vocabulary.cents(random)
    })
  )
  const sum = sold.reduce((total, { quantity, price }) => total + quantity * price, 0)
  return [
    ...heading(random, habit),
    gap(random.between(0.1, 0.8)),
    ...facts(random, habit),
    rule,
    ...(random.chance(0.7) ? [tableHead(random, habit), rule] : []),
    ...sold.flatMap((one) => item(random, habit, one)),
    rule,
    ...totals(random, habit, sum),
    ...(random.chance(0.3) ? [gap(0.5), ...taxSummary(random, habit, sum)] : []),
    ...(random.chance(0.5) ? [rule] : []),
    ...closing(random, habit)
  ]
}
