/**
 * Words for invented receipts: shops, streets, goods, phrases. Only Latin letters, since the typefaces have no
 * others.
 */
import type { Random } from "../../../pipeline/nn/Random.ts"

type Words = readonly [string, ...Array<string>]

/** Words separated by bars; a line may end after a bar. */
const words = (text: string): Words => {
  const [first = "", ...rest] = text.trim().split(/\|\n? */)
  return [first, ...rest]
}

const FIRST = words(`
  Golden|Happy|Sunrise|Green|Lucky|Ocean|Royal|Fresh|Star|Mega|Corner|Old Town|Blue Bird|Kim|Lim|
  Ahmad|Garcia|Novak|Park|Tanaka|Smith|Maple|Silver|Red Brick|Harbour|Mountain|Daily|Perfect|
  Smart|Home
`)
const TRADE = words(`
  Restaurant|Bakery|Mini Market|Hardware|Trading|Bookstore|Pharmacy|Cafe|Kitchen|Motor|Stationery|
  Fashion|Electrical|Supermarket|Coffee House|Noodle Bar|Petrol Station|Gift Centre|Parking|
  Seafood|Grill|Furniture|Pet Shop|Optical|Departmental Store|Fruit Stall
`)
const FORM = words(`
  Sdn Bhd|Enterprise|Ltd|Inc.|GmbH|Co.|LLC|Pte Ltd|& Sons|Group|
`)
const STREET = words(`
  Jalan Pahang|Main Street|Jalan Ipoh|High Street|Station Road|Jalan SS 15/4B|5th Avenue|
  Market Square|Jalan Permas 10|Queen's Road|Lorong Maarof|Park Lane|Bukit Maluri|Mill Road|
  Jalan Damai|Church Street|Taman Sri Andalas|Elm Street|Jalan Besar|Harbour View
`)
const CITY = words(`
  Kuala Lumpur|Shah Alam, Selangor|Johor Bahru|Petaling Jaya|Springfield|London|Singapore|
  Georgetown|Manchester|Seattle, WA|Melaka|Portland, OR|Toronto|Subang Jaya|Berlin|Cheras
`)
const GOODS = words(`
  Chicken Rice|Iced Lemon Tea|Fried Noodles|White Bread|Fresh Milk 1L|Kopi O|Teh Tarik|
  Battery AA 4pcs|Ballpoint Pen|Plastic Bag|Mineral Water|Roller Brush 14"|LED Bulb 9W|A4 Paper|
  Orange Juice|Roti Canai|Fish & Chips|Cappuccino|Eggs Grade A|Cooking Oil 2kg|Toothpaste|
  Paint White 5L|Screw 1/2" 100s|Sugar Bun|Caesar Salad|Soup of the Day|Shampoo 400ml|T-Shirt L|
  Notebook A5|Black Pepper|Chocolate Cake|Green Tea|Parking Fee|RON 95|Set Lunch B|Durian Puff|
  Extension Wire 3m|Door Hinge|Glue Stick|Soft Tofu|Mushroom Pizza|Beef Burger|French Fries|
  Hot Chocolate|Ice Cream|Tom Yam|Steamed Fish|Kailan Garlic|Rice (Plain)|Tissue 10 packs
`)
const TITLE = words(`
  Tax Invoice|Receipt|Cash Receipt|Invoice|Official Receipt|Cash Bill|Simplified Tax Invoice|
  Sales Receipt|Guest Check|Tax Invoice / Adjustment Note
`)
const THANKS = words(`
  Thank you|Thank You. Please Come Again|Have a nice day!|Thank you for shopping with us|
  Customer's Copy|See you again|Welcome back|Please keep this receipt|Enjoy your meal
`)
const POLICY = words(`
  Goods sold are not returnable or refundable.|Exchange is allowed within 7 days with receipt.|
  Strictly no cash refund.|This is a computer generated invoice. No signature required.|
  Received the above goods in good order and condition.|
  Prices include service tax where applicable.|We'd love to hear your feedback! Visit us online.|
  Please check your change before leaving the counter.|E. & O. E.
`)
const PERSON = words(`
  Azlan|Mei Ling|Siti|John|Maria|Ridzuan|Admin|Cashier 1|Thandar|Anna
`)

export const digits = (random: Random, count: number): string =>
  Array.from({ length: count }, () => random.int(10)).join("")

const two = (value: number): string => String(value).padStart(2, "0")

export const shop = (random: Random): string =>
  [random.pick(FIRST), random.pick(TRADE), random.pick(FORM)].filter((part) => part !== "").join(" ")

export const goods = (random: Random): string => random.pick(GOODS)

export const title = (random: Random): string => random.pick(TITLE)

export const thanks = (random: Random): string => random.pick(THANKS)

export const policy = (random: Random): string => random.pick(POLICY)

export const person = (random: Random): string => random.pick(PERSON)

export const registration = (random: Random): string =>
  random.chance(0.5)
    ? `(${digits(random, 6)}-${random.pick(["A", "D", "H", "M", "U", "W"])})`
    : digits(random, 12)

/** Two to four lines. */
export const address = (random: Random): ReadonlyArray<string> => {
  const house = random.pick(["No. ", "Lot ", "", "Unit "]) + (1 + random.int(1899))
  const lines = [
    `${house}${random.chance(0.3) ? "-A" : ""}, ${random.pick(STREET)},`,
    ...(random.chance(0.5) ? [`${random.pick(STREET)} ${1 + random.int(30)},`] : []),
    `${digits(random, 5)} ${random.pick(CITY)}.`
  ]
  return random.chance(0.2) ? [`Level ${1 + random.int(9)}, ${random.pick(FIRST)} Mall`, ...lines] : lines
}

export const phone = (random: Random): string =>
  `${random.pick(["Tel: ", "Tel : ", "Phone ", "TEL NO. ", "Tel/Fax: "])}${random.pick([
    `0${random.int(10)}-${digits(random, 8)}`,
    `+60 ${random.int(10)} ${digits(random, 4)} ${digits(random, 4)}`,
    `(${digits(random, 3)}) ${digits(random, 3)}-${digits(random, 4)}`
  ])}`

export const taxId = (random: Random): string =>
  `${random.pick(["GST ID : ", "GST Reg No: ", "VAT No. ", "GST No.: ", "Tax ID ", "(GST ID No: "])}${digits(random, 12)}`

export const web = (random: Random): string =>
  `www.${random.pick(FIRST).toLowerCase().replaceAll(" ", "")}${random.pick([".com", ".com.my", ".net", ".co"])}`

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
