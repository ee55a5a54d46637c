/** The findings of `anneal config check` as text: each one once, under the configuration that shows it. Pure. */
import type { Finding } from "../../config/inspect/Finding.ts"
import * as Text from "./Text.ts"

/** The sentences of a finding; one composition may have several faults, each on a line. */
const linesOf = (finding: Finding): ReadonlyArray<string> => {
  if (finding._tag === "CompositionBroken") return finding.problem.split("\n")
  return [finding._tag === "CompositionDoubtful" ? finding.warning : finding.message]
}

/** The configuration that shows the finding; undefined if it is about the tree itself. */
const shownBy = (finding: Finding): string | undefined =>
  finding._tag === "CompositionBroken" || finding._tag === "CompositionDoubtful"
    ? [finding.config, ...finding.overrides].join(" ")
    : undefined

export interface Report {
  readonly text: string
  /** The number of different findings. */
  readonly count: number
}

/** A fault of one file shows in every configuration with that file, and is reported for the first of them. */
export const report = (findings: ReadonlyArray<Finding>, cwd: string): Report => {
  const seen = new Set<string>()
  const lines: Array<string> = []
  for (const finding of findings) {
    const fresh = linesOf(finding).filter((line) => !seen.has(line))
    if (fresh.length === 0) continue
    for (const line of fresh) seen.add(line)
    const config = shownBy(finding)
    if (config !== undefined) lines.push(`${config}:`)
    lines.push(...fresh.map((line) => (config === undefined ? line : `  ${line}`)))
  }
  return { text: lines.map((line) => Text.shortPaths(line, cwd)).join("\n"), count: seen.size }
}
