/** Words, names and numbers for invented papers: shops, streets, goods, phrases, amounts. */
import type { Random } from "../../../../pipeline/nn/Random.ts"
import type { Lexicon } from "./Lexicon.ts"

export const digits = (random: Random, count: number): string =>
  Array.from({ length: count }, () => random.int(10)).join("")

const two = (value: number): string => String(value).padStart(2, "0")

export const shop = (random: Random, words: Lexicon): string =>
  [random.pick(words.first), random.pick(words.trade), random.pick(words.firm)]
    .filter((part) => part !== "")
    .join(" ")

export const goods = (random: Random, words: Lexicon): string => random.pick(words.goods)

export const title = (random: Random, words: Lexicon): string => random.pick(words.title)

export const thanks = (random: Random, words: Lexicon): string => random.pick(words.thanks)

export const policy = (random: Random, words: Lexicon): string => random.pick(words.policy)

export const person = (random: Random, words: Lexicon): string => random.pick(words.people)

export const registration = (random: Random): string =>
  random.chance(0.5)
    ? `(${digits(random, 6)}-${random.pick(["A", "D", "H", "M", "U", "W"])})`
    : digits(random, 12)

/** Two to four lines. */
export const address = (random: Random, words: Lexicon): ReadonlyArray<string> => {
  const house = random.pick(["No. ", "Lot ", "", "Unit "]) + (1 + random.int(1899))
  const lines = [
    `${house}${random.chance(0.3) ? "-A" : ""}, ${random.pick(words.street)},`,
    ...(random.chance(0.5) ? [`${random.pick(words.street)} ${1 + random.int(30)},`] : []),
    `${digits(random, 5)} ${random.pick(words.city)}.`
  ]
  return random.chance(0.2)
    ? [`Level ${1 + random.int(9)}, ${random.pick(words.first)} Mall`, ...lines]
    : lines
}

export const phone = (random: Random, words: Lexicon): string =>
  `${random.pick(words.labels.phone)}${random.pick([
    `0${random.int(10)}-${digits(random, 8)}`,
    `+60 ${random.int(10)} ${digits(random, 4)} ${digits(random, 4)}`,
    `(${digits(random, 3)}) ${digits(random, 3)}-${digits(random, 4)}`
  ])}`

export const taxId = (random: Random, words: Lexicon): string =>
  `${random.pick(words.labels.taxId)}${digits(random, 12)}`

export const web = (random: Random, words: Lexicon): string =>
  `www.${random.pick(words.first).toLowerCase().replaceAll(" ", "")}${random.pick([".com", ".com.my", ".net", ".co"])}`

export const number = (random: Random): string =>
  random.pick([
    digits(random, 6),
    digits(random, 10),
    `CS${digits(random, 8)}`,
    `${digits(random, 4)}-${digits(random, 5)}`,
    `INV${digits(random, 7)}`,
    `#${digits(random, 3)}`
  ])

export const code = (random: Random): string =>
  random.pick([
    digits(random, 13),
    digits(random, 5),
    `${random.pick(["WA", "KF", "CBD", "SR"])}${digits(random, 4)}`
  ])

export const date = (random: Random): string => {
  const [day, month, year] = [1 + random.int(28), 1 + random.int(12), 2015 + random.int(12)]
  const name = random.pick([
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec"
  ])
  return random.pick([
    `${two(day)}/${two(month)}/${year}`,
    `${two(day)}-${two(month)}-${year % 100}`,
    `${year}-${two(month)}-${two(day)}`,
    `${two(day)} ${name} ${year}`,
    `${two(day)}.${two(month)}.${year}`
  ])
}

export const time = (random: Random): string => {
  const [hour, minute, second] = [random.int(24), random.int(60), random.int(60)]
  return random.pick([
    `${two(hour)}:${two(minute)}`,
    `${two(hour)}:${two(minute)}:${two(second)}`,
    `${1 + (hour % 12)}:${two(minute)} ${hour < 12 ? "AM" : "PM"}`
  ])
}

/** An amount of money in cents, most of them small. */
export const cents = (random: Random): number =>
  Math.round(10 ** random.between(1.7, 3.9)) + random.int(2) * 5

/** Cents as `1,234.50`. */
export const money = (amount: number): string => {
  const size = Math.abs(amount)
  // By hand, since Intl's number formats take longer than all other text of a receipt.
  const whole = String(Math.floor(size / 100)).replace(/\B(?=(\d{3})+$)/g, ",")
  return `${amount < 0 ? "-" : ""}${whole}.${two(size % 100)}`
}

export const cardNumber = (random: Random): string => `XXXX XXXX XXXX ${digits(random, 4)}`
