/** What a person reads of an inspected data set on a terminal. Pure. */
import type * as Duplicates from "../../pipeline/inspect/Duplicates.ts"
import type { Problem } from "../../pipeline/inspect/Subject.ts"
import * as Summary from "../../pipeline/inspect/Summary.ts"
import type * as Survey from "../../pipeline/inspect/Survey.ts"
import * as Table from "./Table.ts"
import * as Text from "./Text.ts"

/** Problems, leaks and groups that are listed; the page has all. */
const LISTED = 10

const BAR = 30

/** `━━━───  12/40 pictures`. */
export const progress = (done: number, all: number): Text.Line => [
  ...Text.bar(all === 0 ? 1 : done / all, BAR),
  Text.plain(`  ${done}/${all} pictures`)
]

const warned = (text: string): Text.Piece => ({ text, style: "warn" })

const more = (all: number): ReadonlyArray<Text.Line> =>
  all > LISTED ? [[Text.dim(`  and ${all - LISTED} more`)]] : []

const numbers = (summaries: ReadonlyArray<Summary.Summary>, width: number): ReadonlyArray<Text.Line> =>
  Table.lines(
    [
      { title: "" },
      ...["least", "5 %", "median", "95 %", "most"].map((title) => ({ title, align: "right" }) as const),
      { title: "" }
    ],
    summaries.map((one) => [
      Text.plain(one.unit === "" ? one.name : `${one.name}, ${one.unit}`),
      ...[one.min, one.p5, one.median, one.p95, one.max].map((value) => Text.plain(Summary.text(value))),
      Text.dim(Text.sparkline(one.bins.counts, 24))
    ]),
    width
  )

const tallies = ({ tallies: all }: Survey.Report): ReadonlyArray<Text.Line> =>
  all.map(({ name, counts }) => {
    const some = counts.slice(0, LISTED).map(([what, count]) => `${what} ${count.toLocaleString("en-US")}`)
    return [Text.dim(`${name}  `), Text.plain([...some, ...(counts.length > LISTED ? ["…"] : [])].join(", "))]
  })

const group = ({ kind, samples }: Duplicates.Group): Text.Line => [
  Text.dim(kind === "exact" ? "  same file   " : "  look alike  "),
  Text.plain(samples.map(({ name, part }) => `${name} (${part})`).join(", "))
]

const groups = (title: string, all: ReadonlyArray<Duplicates.Group>): ReadonlyArray<Text.Line> =>
  all.length === 0 ? [] : [[warned(title)], ...all.slice(0, LISTED).map(group), ...more(all.length)]

const found = (title: string, all: ReadonlyArray<Problem>): ReadonlyArray<Text.Line> =>
  all.length === 0
    ? []
    : [
        [warned(title)],
        ...all
          .slice(0, LISTED)
          .map(({ where, kind, text }) => [
            Text.dim(`  ${kind}  `),
            Text.plain(`${Text.shortPaths(where, process.cwd())}: ${text}`)
          ]),
        ...more(all.length)
      ]

const head = ({ where, parts, bytes }: Survey.Report): Text.Line => {
  const all = parts.reduce((sum, [, count]) => sum + count, 0)
  const each = parts.map(([part, count]) => `${part} ${count.toLocaleString("en-US")}`).join(", ")
  const size = Summary.text(Number((bytes / 1e6).toPrecision(3)))
  return [Text.bold(where), Text.plain(`  ${Text.count(all, "picture")}: ${each}; ${size} MB`)]
}

/** The summary: numbers, then what is wrong, then where the rest is. */
export const lines = (
  report: Survey.Report,
  files: { readonly page: string; readonly sheet: string },
  width: number
): ReadonlyArray<Text.Line> => {
  const { problems, leaks, duplicates, notes } = report
  const cwd = process.cwd()
  return [
    head(report),
    ...numbers(report.summaries, width),
    ...tallies(report),
    ...found(Text.count(problems.length, "problem"), problems),
    ...groups(`${Text.count(leaks.length, "leak")} between parts`, leaks),
    ...groups(
      Text.count(duplicates.length - leaks.length, "group of duplicates", "groups of duplicates"),
      duplicates.filter((one) => !leaks.includes(one))
    ),
    ...found(Text.count(notes.length, "note"), notes),
    ...(problems.length + leaks.length === 0 ? [[{ text: "no problem found", style: "good" } as const]] : []),
    [Text.dim("page   "), Text.plain(Text.path(files.page, cwd))],
    [Text.dim("sheet  "), Text.plain(Text.path(files.sheet, cwd))]
  ]
}
