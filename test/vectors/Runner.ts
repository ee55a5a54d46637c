/** Runs every section of a vector file and reports what passed, what did not and why. */
import { Effect, Exit, Schema } from "effect"
import { type Context, fail, type Section, type Verdict } from "./Vector.ts"

export interface CaseReport {
  readonly id: string
  readonly input: string
  readonly verdict: Verdict
}

export interface SectionReport {
  readonly name: string
  readonly cases: ReadonlyArray<CaseReport>
}

const File = Schema.Record(Schema.String, Schema.Unknown)
const Identified = Schema.Struct({ id: Schema.String })
const isIdentified = Schema.is(Identified)
const isText = Schema.is(Schema.String)

const withoutExpectation = (vector: unknown): string =>
  JSON.stringify(vector, (key, value) =>
    /^expect|^id$|^origin$|^message14$/.test(key) ? undefined : value
  ) ?? ""

const runCase = Effect.fnUntraced(function* <R>(section: Section<R>, vector: unknown, context: Context) {
  const exit = yield* Effect.exit(section.run(vector, context))
  const verdict = Exit.isSuccess(exit) ? exit.value : fail("a verdict", `the case broke: ${exit.cause}`)
  const id = isIdentified(vector) ? vector.id : "?"
  return { id, input: withoutExpectation(vector), verdict }
})

const contextOf = (file: Readonly<Record<string, unknown>>, configs: string): Context => {
  const env = Schema.is(File)(file.$env) ? Object.entries(file.$env) : []
  const set = env.flatMap(([name, value]) =>
    isText(value) && value !== "(unset)" ? [[name, value] as const] : []
  )
  return { configs, env: new Map(set), interpolationBase: file.interpolation_base }
}

/** Runs the file's cases section by section, or only those `named`; a section of the file that we lack fails whole. */
export const run = Effect.fn("vectors.run")(function* <R>(
  json: string,
  configs: string,
  sections: ReadonlyArray<Section<R>>,
  named?: ReadonlyArray<string>
) {
  const file = yield* Schema.decodeEffect(Schema.fromJsonString(File))(json)
  const context = contextOf(file, configs)
  const reports: Array<SectionReport> = []
  for (const [name, vectors] of Object.entries(file)) {
    if (!Array.isArray(vectors) || named?.includes(name) === false) continue
    const section = sections.find((known) => known.name === name) ?? missing(name)
    const cases: Array<CaseReport> = []
    for (const vector of vectors) cases.push(yield* runCase<R>(section, vector, context))
    reports.push({ name, cases })
  }
  return reports
})

const missing = (name: string): Section => ({
  name,
  run: () => Effect.succeed(fail("an adapter", `there is no adapter for the section ${name}`))
})

const count = (report: SectionReport, tag: Verdict["_tag"]) =>
  report.cases.filter(({ verdict }) => verdict._tag === tag).length

/** Whether every case that counts passed, and there was at least one. */
export const isComplete = (reports: ReadonlyArray<SectionReport>): boolean =>
  reports.some((report) => count(report, "Pass") > 0) &&
  reports.every((report) => count(report, "Fail") === 0)

const clip = (text: string, length = 1500) => (text.length > length ? `${text.slice(0, length)}…` : text)

const difference = ({ id, input, verdict }: CaseReport): string =>
  verdict._tag === "Fail"
    ? `  ${id} ${clip(input)}\n    expected ${clip(verdict.expected)}\n    actual   ${clip(verdict.actual)}`
    : ""

const reasons = (report: SectionReport): ReadonlyArray<string> => {
  const counts = new Map<string, number>()
  for (const { verdict } of report.cases) {
    if (verdict._tag === "Excluded") counts.set(verdict.reason, (counts.get(verdict.reason) ?? 0) + 1)
  }
  return [...counts].map(([reason, times]) => `  ${times} excluded: ${reason}`)
}

const formatSection = (report: SectionReport, differences: number): string => {
  const failed = report.cases.filter(({ verdict }) => verdict._tag === "Fail")
  const counted = report.cases.length - count(report, "Excluded")
  const line = `${report.name.padEnd(10)} ${count(report, "Pass")}/${counted} pass, ${failed.length} fail`
  return [line, ...reasons(report), ...failed.slice(0, differences).map(difference)].join("\n")
}

/** The report as text, with at most `differences` failed cases for each section. */
export const format = (reports: ReadonlyArray<SectionReport>, differences = 5): string =>
  reports.map((report) => formatSection(report, differences)).join("\n")
