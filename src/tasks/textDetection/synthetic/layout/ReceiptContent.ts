/** The text of a receipt, row by row, without typefaces or places. */
import type { Random } from "../../../../pipeline/nn/Random.ts"
import type { Label, Lexicon } from "../words/Lexicon.ts"
import * as Vocabulary from "../words/Vocabulary.ts"

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
      /** A frame around it, or dots between its cells; never a region. */
      readonly adorned?: "frame" | "leader" | undefined
    }
  /** A separator: characters or a drawn line; never a region. */
  | { readonly _tag: "Rule"; readonly mark: "-" | "=" | "*" | "line" | "dashes" | "dots" }
  /** Empty lines, in units of the line pitch. */
  | { readonly _tag: "Gap"; readonly lines: number }
  /** A bar code, a square one or an emblem, with its height in lines; never a region. */
  | { readonly _tag: "Figure"; readonly figure: "bars" | "emblem" | "matrix"; readonly lines: number }

type Line = Partial<Pick<Extract<Row, { _tag: "Text" }>, "scale" | "bold" | "display" | "adorned">>

const row = (cells: ReadonlyArray<Cell>, line: Line = {}): Row => ({
  _tag: "Text",
  cells,
  scale: line.scale ?? 1,
  bold: line.bold ?? false,
  display: line.display ?? false,
  adorned: line.adorned
})

const left = (text: string, at = 0): Cell => ({ text, at, align: "left" })
const right = (text: string, at = 1): Cell => ({ text, at, align: "right", whole: true })
const center = (text: string): Cell => ({ text, at: 0.5, align: "center" })

const gap = (lines: number): Row => ({ _tag: "Gap", lines })

/** Choices that apply to a whole receipt. */
export interface Habits {
  readonly words: Lexicon
  readonly centered: boolean
  readonly rule: Extract<Row, { _tag: "Rule" }>["mark"]
  readonly currency: string
  /** Where the numbers of a table end, left to right; the last is 1. */
  readonly columns: ReadonlyArray<number>
  readonly itemStyle: "one row" | "name above" | "code above" | "quantity first"
  readonly colon: string
  /** Behind each amount, as a code of its tax. */
  readonly suffix: string
  /** What leads from a label to its amount. */
  readonly leader: "leader" | undefined
  readonly framed: boolean
}

export const habits = (random: Random, words: Lexicon): Habits => ({
  words,
  centered: random.chance(0.75),
  rule: random.pick(["-", "-", "-", "=", "*", "line", "dashes", "dots"]),
  currency: random.pick(["RM", "RM", "$", "", "", "EUR", "GBP"]),
  columns: random.pick([[1], [0.68, 1], [0.66, 1], [0.56, 0.78, 1], [0.6, 0.78, 1], [0.5, 0.64, 0.8, 1]]),
  itemStyle: random.pick(["one row", "one row", "name above", "code above", "quantity first"]),
  colon: random.pick([":", " :", ": ", ""]),
  suffix: random.chance(0.15) ? random.pick([" SR", " S", " A", "*", " Z"]) : "",
  leader: random.chance(0.1) ? "leader" : undefined,
  framed: random.chance(0.15)
})

const heading = (random: Random, { centered, words }: Habits): ReadonlyArray<Row> => {
  const place = centered ? center : left
  const scale = random.pick([1, 1.2, 1.4, 1.8])
  const bold = random.chance(0.4)
  const lines = [
    ...(random.chance(0.6) ? [Vocabulary.registration(random)] : []),
    ...Vocabulary.address(random, words),
    ...(random.chance(0.8) ? [Vocabulary.phone(random, words)] : []),
    ...(random.chance(0.6) ? [Vocabulary.taxId(random, words)] : [])
  ]
  return [
    ...(random.chance(0.15) ? [{ _tag: "Figure", figure: "emblem", lines: 3 } as const] : []),
    row([place(Vocabulary.shop(random, words))], { scale, bold, display: true }),
    ...lines.map((text) => row([place(text)])),
    gap(random.between(0.2, 1)),
    ...(random.chance(0.75)
      ? [
          row([center(Vocabulary.title(random, words))], {
            scale: random.pick([1, 1.2, 1.5]),
            bold: random.chance(0.5),
            display: true
          })
        ]
      : [])
  ]
}

type Fact = readonly [label: Label, value: (random: Random, words: Lexicon) => string]

const FACTS: readonly [Fact, ...Array<Fact>] = [
  ["number", Vocabulary.number],
  ["bill", Vocabulary.number],
  ["date", (random) => `${Vocabulary.date(random)} ${Vocabulary.time(random)}`],
  ["printed", Vocabulary.date],
  ["cashier", Vocabulary.person],
  ["table", (random) => Vocabulary.digits(random, 2)],
  ["terminal", (random) => `T${1 + random.int(9)}`],
  ["seller", Vocabulary.person],
  ["time", Vocabulary.time],
  ["reference", Vocabulary.number]
]

/** Label and value: one region if set together, two in separate columns. */
const facts = (random: Random, { colon, words }: Habits): ReadonlyArray<Row> => {
  const together = random.chance(0.5)
  const at = random.between(0.3, 0.45)
  const count = 2 + random.int(4)
  const order = [...FACTS].map((fact) => ({ fact, key: random.float() })).sort((a, b) => a.key - b.key)
  const rows = order.slice(0, count).map(({ fact: [name, value] }) => {
    const label = random.pick(words.labels[name])
    const text = value(random, words)
    return together
      ? row([left(`${label}${colon} ${text}`)])
      : row([left(`${label}${colon}`), left(text, at)])
  })
  const pair = row([left(Vocabulary.date(random)), right(Vocabulary.time(random))])
  return random.chance(0.4) ? [...rows, pair] : rows
}

/** Column titles from the right. */
const HEADS = ["amount", "price", "quantity", "taxHead"] as const

const tableHead = (random: Random, { columns, words: { labels } }: Habits): Row =>
  row(
    [
      left(random.pick(labels.item)),
      ...columns.map((at, i) => right(random.pick(labels[HEADS[columns.length - 1 - i] ?? "amount"]), at))
    ],
    { bold: random.chance(0.2) }
  )

interface Sold {
  readonly name: string
  readonly quantity: number
  readonly price: number
}

/** The numbers of an item for as many columns as there are, the last being its amount. */
const figures = (
  random: Random,
  { columns, suffix }: Habits,
  { quantity, price }: Sold
): ReadonlyArray<Cell> => {
  const all = [random.pick(["0.00", "SR", "6%", "5.0"]), String(quantity), Vocabulary.money(price)]
  const before = columns.length > 1 ? all.slice(4 - columns.length) : []
  const texts = [...before, `${Vocabulary.money(quantity * price)}${suffix}`]
  return columns.map((at, i) => right(texts[i] ?? "", at))
}

const item = (random: Random, habit: Habits, sold: Sold): ReadonlyArray<Row> => {
  if (habit.itemStyle === "one row") return [row([left(sold.name), ...figures(random, habit, sold)])]
  if (habit.itemStyle === "quantity first") {
    const amount = right(`${Vocabulary.money(sold.quantity * sold.price)}${habit.suffix}`)
    return [row([left(`${sold.quantity}${random.pick(["", " x", "x"])}`), left(sold.name, 0.12), amount])]
  }
  const times = `${sold.quantity} ${random.pick(["x", "X", "@"])} ${Vocabulary.money(sold.price)}`
  const numbers =
    habit.columns.length > 2
      ? figures(random, habit, sold)
      : [right(times, 0.62), right(Vocabulary.money(sold.quantity * sold.price))]
  if (habit.itemStyle === "name above") return [row([left(sold.name)]), row(numbers)]
  return [row([left(Vocabulary.code(random))]), row([left(sold.name), ...numbers.slice(-1)])]
}

const totals = (random: Random, habit: Habits, sum: number): ReadonlyArray<Row> => {
  const { labels } = habit.words
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
    [random.pick(labels.subtotal), sum],
    [random.pick(labels.tax), tax],
    [random.pick(labels.rounding), random.int(5) - 2],
    [random.pick(labels.discount), -random.int(300)]
  ]
  return [
    ...lines
      .filter(() => random.chance(0.7))
      .map(([label, cents]) =>
        row([left(`${label}${habit.colon}`, at), ...amount(cents)], { adorned: habit.leader })
      ),
    row([left(random.pick(labels.total), at), ...amount(sum + tax, scale > 1)], {
      scale,
      bold: random.chance(0.6),
      display: random.chance(0.3),
      adorned: habit.framed ? "frame" : habit.leader
    }),
    ...(random.chance(0.8) ? [row([left(random.pick(labels.cash), at), ...amount(paid)])] : []),
    ...(random.chance(0.7) ? [row([left(random.pick(labels.change), at), ...amount(paid - sum - tax)])] : []),
    ...(random.chance(0.2)
      ? [row([left(random.pick(["VISA", "MasterCard"])), right(Vocabulary.cardNumber(random))])]
      : [])
  ]
}

const taxSummary = (random: Random, { rule, words: { labels } }: Habits, sum: number): ReadonlyArray<Row> => [
  row([
    left(random.pick(labels.summary)),
    right(random.pick(labels.amount), 0.7),
    right(random.pick(labels.taxHead))
  ]),
  { _tag: "Rule", mark: rule },
  row([
    left(random.pick(["SR = 6%", "SR @6%", "ZR = 0%"])),
    right(Vocabulary.money(sum), 0.7),
    right(Vocabulary.money(Math.round(sum * 0.06)))
  ])
]

const closing = (random: Random, { centered, words }: Habits): ReadonlyArray<Row> => {
  const place = centered || random.chance(0.6) ? center : left
  return [
    ...(random.chance(0.25) ? [row([left(`${random.pick(words.labels.count)} ${1 + random.int(12)}`)])] : []),
    gap(random.between(0.3, 1.2)),
    ...Array.from({ length: 1 + random.int(3) }, () =>
      row([place(random.chance(0.55) ? Vocabulary.thanks(random, words) : Vocabulary.policy(random, words))])
    ),
    ...(random.chance(0.25) ? [row([place(Vocabulary.web(random, words))])] : []),
    ...(random.chance(0.2)
      ? [
          gap(0.4),
          { _tag: "Figure", figure: "bars", lines: 2 + random.int(2) } as const,
          row([center(Vocabulary.digits(random, 13))])
        ]
      : []),
    ...(random.chance(0.1) ? [gap(0.4), { _tag: "Figure", figure: "matrix", lines: 5 } as const] : [])
  ]
}

/** A whole receipt with this many `items`. */
export const make = (random: Random, habit: Habits, items: number): ReadonlyArray<Row> => {
  const rule: Row = { _tag: "Rule", mark: habit.rule }
  const sold = Array.from(
    { length: items },
    (): Sold => ({
      name: Vocabulary.goods(random, habit.words),
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
