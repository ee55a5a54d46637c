/** Formats a time as Python's `strftime` does, in the process's time zone. */

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December"
]

const pad = (value: number, width = 2): string => value.toString().padStart(width, "0")

const dayOfYear = (date: Date): number => {
  const day = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  return Math.round((day - Date.UTC(date.getFullYear(), 0, 1)) / 86_400_000)
}

/** Weeks of the year counted from the first Sunday (`first` 0) or Monday (`first` 1). */
const week = (date: Date, first: number): number =>
  Math.floor((dayOfYear(date) + 7 - ((date.getDay() - first + 7) % 7)) / 7)

const daysIn = (year: number): number =>
  Math.round((Date.UTC(year + 1, 0, 1) - Date.UTC(year, 0, 1)) / 86_400_000)

/** ISO 8601: weeks start on Monday and belong to the year of their Thursday. */
const iso = (date: Date): { readonly year: number; readonly week: number } => {
  const year = date.getFullYear()
  const thursday = dayOfYear(date) - ((date.getDay() + 6) % 7) + 3
  const weekOf = (day: number) => Math.floor(day / 7) + 1
  if (thursday < 0) return { year: year - 1, week: weekOf(thursday + daysIn(year - 1)) }
  if (thursday >= daysIn(year)) return { year: year + 1, week: weekOf(thursday - daysIn(year)) }
  return { year, week: weekOf(thursday) }
}

const time = (date: Date): string =>
  `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`
const slashed = (date: Date): string =>
  `${pad(date.getMonth() + 1)}/${pad(date.getDate())}/${pad(date.getFullYear() % 100)}`

const directives: Readonly<Record<string, (date: Date) => string>> = {
  a: (date) => (days[date.getDay()] ?? "").slice(0, 3),
  A: (date) => days[date.getDay()] ?? "",
  b: (date) => (months[date.getMonth()] ?? "").slice(0, 3),
  h: (date) => (months[date.getMonth()] ?? "").slice(0, 3),
  B: (date) => months[date.getMonth()] ?? "",
  c: (date) =>
    `${(days[date.getDay()] ?? "").slice(0, 3)} ${(months[date.getMonth()] ?? "").slice(0, 3)} ${date.getDate().toString().padStart(2)} ${time(date)} ${date.getFullYear()}`,
  C: (date) => pad(Math.floor(date.getFullYear() / 100)),
  d: (date) => pad(date.getDate()),
  D: slashed,
  e: (date) => date.getDate().toString().padStart(2),
  f: (date) => pad(date.getMilliseconds() * 1000, 6),
  F: (date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`,
  g: (date) => pad(iso(date).year % 100),
  G: (date) => pad(iso(date).year, 4),
  H: (date) => pad(date.getHours()),
  I: (date) => pad(date.getHours() % 12 || 12),
  j: (date) => pad(dayOfYear(date) + 1, 3),
  k: (date) => date.getHours().toString().padStart(2),
  l: (date) => (date.getHours() % 12 || 12).toString().padStart(2),
  m: (date) => pad(date.getMonth() + 1),
  M: (date) => pad(date.getMinutes()),
  n: () => "\n",
  p: (date) => (date.getHours() < 12 ? "AM" : "PM"),
  P: (date) => (date.getHours() < 12 ? "am" : "pm"),
  r: (date) =>
    `${pad(date.getHours() % 12 || 12)}:${pad(date.getMinutes())}:${pad(date.getSeconds())} ${date.getHours() < 12 ? "AM" : "PM"}`,
  R: (date) => `${pad(date.getHours())}:${pad(date.getMinutes())}`,
  s: (date) => Math.floor(date.getTime() / 1000).toString(),
  S: (date) => pad(date.getSeconds()),
  t: () => "\t",
  T: time,
  u: (date) => (date.getDay() || 7).toString(),
  U: (date) => pad(week(date, 0)),
  V: (date) => pad(iso(date).week),
  w: (date) => date.getDay().toString(),
  W: (date) => pad(week(date, 1)),
  x: slashed,
  X: time,
  y: (date) => pad(date.getFullYear() % 100),
  Y: (date) => date.getFullYear().toString(),
  z: () => "",
  Z: () => "",
  "%": () => "%"
}

/** What the C library's flags do: `%-d` is 5, `%_d` " 5", `%0e` 05, `%^a` MON. */
const flags: Readonly<Record<string, (text: string) => string>> = {
  "-": (text) => text.replace(/^[0 ]+(?=\d)/, ""),
  _: (text) => text.replace(/^0+(?=\d)/, (zeros) => " ".repeat(zeros.length)),
  "0": (text) => text.replace(/^ +(?=\d)/, (spaces) => "0".repeat(spaces.length)),
  "^": (text) => text.toUpperCase()
}

/** The date in the pattern's form: `%Y-%m-%d`; an unknown directive stays as written. */
export const format = (date: Date, pattern: string): string =>
  pattern.replace(/%([-_0^]?)(.)/gs, (written, flag: string, directive: string) => {
    const text = Object.hasOwn(directives, directive) ? directives[directive]?.(date) : undefined
    return text === undefined ? written : (flags[flag]?.(text) ?? text)
  })
