/** The report as a page: one HTML file with its styles and pictures in it, and nothing from elsewhere. */
import * as Effect from "effect/Effect"
import { ImageCodec } from "../picture/Images.ts"
import * as ContactSheet from "./ContactSheet.ts"
import * as Duplicates from "./Duplicates.ts"
import * as PageStyle from "./PageStyle.ts"
import type { Problem, Tally } from "./Subject.ts"
import * as Summary from "./Summary.ts"
import * as Survey from "./Survey.ts"

/** Rows of a table of problems, and groups of duplicates: the others are counted, and are in the JSON. */
const MOST_ROWS = 500
const MOST_GROUPS = 40
/** Pictures shown of a group. */
const MOST_OF_GROUP = 6
/** Long side of a picture on the page, pixels. */
const THUMBNAIL = 220

const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)

const number = (value: number): string => Summary.text(value)

/** Outlines in pixels of the whole picture; the browser scales them with it. */
const outlinesOf = ({ width, height, outlines = [] }: Survey.Seen): string => {
  if (outlines.length === 0) return ""
  const points = outlines.map((outline) =>
    outline.map(([x, y]) => `${Math.round(x)},${Math.round(y)}`).join(" ")
  )
  const shapes = points.map((one) => `<polygon points="${one}"/>`).join("")
  return `<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">${shapes}</svg>`
}

/** A picture with its name below it. */
const figure = Effect.fnUntraced(function* (seen: Survey.Seen) {
  const codec = yield* ImageCodec
  const image = yield* Survey.read(seen, THUMBNAIL)
  const data = Buffer.from(yield* codec.encode(image, "webp")).toString("base64")
  const name = escaped(seen.name)
  const about = escaped([seen.part, seen.caption ?? ""].filter((text) => text !== "").join(" · "))
  return `<figure><div class="picture"><img src="data:image/webp;base64,${data}" width="${image.width}" height="${image.height}" alt="${name}" loading="lazy">${outlinesOf(seen)}</div><figcaption title="${escaped(seen.where)}"><b>${name}</b> ${about}</figcaption></figure>`
})

/** Figures of samples; what can no longer be read is named. */
const figures = (samples: ReadonlyArray<Survey.Seen>) =>
  Effect.map(
    Effect.forEach(samples, (seen) =>
      Effect.orElseSucceed(
        figure(seen),
        () => `<figure><figcaption>${escaped(seen.name)}</figcaption></figure>`
      )
    ),
    (made) => `<div class="figures">${made.join("")}</div>`
  )

const section = (id: string, title: string, body: string): string =>
  body === "" ? "" : `<section id="${id}"><h2>${escaped(title)}</h2>${body}</section>`

const card = (value: string, what: string, bad = false): string =>
  `<div class="card${bad ? " bad" : ""}"><b>${escaped(value)}</b><span>${escaped(what)}</span></div>`

const cards = ({ seen, parts, bytes, problems, notes, duplicates, leaks }: Survey.Report): string =>
  [
    card(number(parts.reduce((sum, [, count]) => sum + count, 0)), "pictures"),
    ...parts.map(([part, count]) => card(number(count), part)),
    card(`${number(Number((bytes / 1e6).toPrecision(3)))} MB`, `in ${number(seen.length)} read`),
    card(number(problems.length), "problems", problems.length > 0),
    card(number(leaks.length), "leaks between parts", leaks.length > 0),
    card(number(duplicates.length), "groups of duplicates"),
    card(number(notes.length), "notes")
  ].join("")

const bars = ({ bins: { counts, from, to }, unit }: Summary.Summary): string => {
  const most = Math.max(1, ...counts)
  const heights = counts.map((count) => Math.ceil((40 * count) / most))
  const rects = heights.map(
    (height, i) => `<rect x="${i * 6}" y="${40 - height}" width="5" height="${height}"/>`
  )
  const label = `from ${number(from)} to ${number(to)} ${unit}`.trim()
  return `<svg class="bars" viewBox="0 0 ${6 * counts.length} 40" role="img" aria-label="${escaped(label)}"><title>${escaped(label)}</title>${rects.join("")}</svg>`
}

const numbers = (summaries: ReadonlyArray<Summary.Summary>): string => {
  const rows = summaries.map((one) => {
    const values = [one.min, one.p5, one.median, one.mean, one.p95, one.max]
    const cells = values.map((value) => `<td class="n">${number(value)}</td>`).join("")
    const unit = one.unit === "" ? "" : ` <small>${escaped(one.unit)}</small>`
    return `<tr><th>${escaped(one.name)}${unit}</th>${cells}<td>${bars(one)}</td></tr>`
  })
  const head = ["", "least", "5 %", "median", "mean", "95 %", "most", "spread"]
  return `<div class="wide"><table><tr>${head.map((name) => `<th>${name}</th>`).join("")}</tr>${rows.join("")}</table></div>`
}

const tally = ({ name, counts }: Tally): string => {
  const most = Math.max(1, ...counts.map(([, count]) => count))
  const rows = counts.map(
    ([what, count]) =>
      `<tr><td>${escaped(what)}</td><td class="n">${number(count)}</td><td class="share"><i style="width:${((100 * count) / most).toFixed(1)}%"></i></td></tr>`
  )
  return `<div class="tally"><h3>${escaped(name)}</h3><table>${rows.join("")}</table></div>`
}

const table = (problems: ReadonlyArray<Problem>): string => {
  if (problems.length === 0) return ""
  const rows = problems
    .slice(0, MOST_ROWS)
    .map(
      ({ where, kind, text }) =>
        `<tr><td><span class="kind">${escaped(kind)}</span></td><td>${escaped(text)}</td><td class="where">${escaped(where)}</td></tr>`
    )
  const more =
    problems.length > MOST_ROWS ? `<p>and ${number(problems.length - MOST_ROWS)} more, with --json</p>` : ""
  return `<div class="wide"><table><tr><th>kind</th><th>what</th><th>where</th></tr>${rows.join("")}</table></div>${more}`
}

const MEANT = { exact: "the same file", near: "they look the same" } as const

const groups = Effect.fnUntraced(function* (all: ReadonlyArray<Duplicates.Group<Survey.Seen>>) {
  const shown = yield* Effect.forEach(all.slice(0, MOST_GROUPS), ({ kind, samples }) =>
    Effect.map(
      figures(samples.slice(0, MOST_OF_GROUP)),
      (pictures) =>
        `<h3><span class="kind">${kind}</span> ${number(samples.length)} pictures: ${MEANT[kind]}</h3>${pictures}`
    )
  )
  const more = all.length > MOST_GROUPS ? [`<p>and ${number(all.length - MOST_GROUPS)} more groups</p>`] : []
  return [...shown, ...more].join("")
})

/** The whole page. */
export const make = Effect.fn("Page.make")(function* (report: Survey.Report) {
  const { where, seen, summaries, tallies, duplicates, leaks, problems, notes } = report
  const within = duplicates.filter((group) => !Duplicates.isLeak(group))
  const body = [
    `<header><h1>${escaped(where)}</h1><div class="cards">${cards(report)}</div></header>`,
    section("problems", "Problems", table(problems)),
    section("leaks", "Leaks between parts", yield* groups(leaks)),
    section("numbers", "Numbers", numbers(summaries)),
    section("counts", "Counts", `<div class="tallies">${tallies.map(tally).join("")}</div>`),
    section("pictures", "Pictures", yield* figures(ContactSheet.chosen(seen))),
    section("duplicates", "Duplicates", yield* groups(within)),
    section("notes", "Notes", table(notes))
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(where)}</title>
<style>${PageStyle.CSS}</style>
</head>
<body>
${body.filter((one) => one !== "").join("\n")}
</body>
</html>
`
})
