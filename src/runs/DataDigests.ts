/** What tells the data of a run apart from other data: kept in `run.json`, so that a checkpoint can say what made it. */
import * as Fingerprint from "../pipeline/Fingerprint.ts"
import type { Entry } from "../tasks/textDetection/FolderCheck.ts"
import type { Setup } from "./DetectionSource.ts"

/** The pictures by name and size with their annotations, wherever the folder lies; pixels are not read. */
const ofEntries = (entries: ReadonlyArray<Entry>): string =>
  Fingerprint.ofText(JSON.stringify(entries.map(({ path: _, ...entry }) => entry)))

/** By data set name, `sha256:` and 64 digits; receipts that are drawn are told by what draws them. */
export const of = ({ plan, seed, entries }: Setup): { readonly [set: string]: string } => {
  const sets = ["train", "val", "test"] as const
  return Object.fromEntries(
    sets.map((set) => {
      if (plan.kind === "receipts") return [set, ofEntries(entries[set])]
      const { kind, width, height, text_height } = plan
      const drawn = { kind, seed, set, size: plan[`${set}_size`], width, height, text_height }
      return [set, Fingerprint.ofText(JSON.stringify(drawn))]
    })
  )
}
