/** Names of pictures in annotations: those that lead out of their folder, and those that almost match a file. */
import type { JsonPath } from "./JsonText.ts"

/** `image a.jpg`, at its place in the JSON. */
export const pathOf = (name: string): JsonPath => ["images", name]

/** Whether a name would lead out of its folder on any system. */
export const leaves = (name: string): boolean =>
  /^[/\\]|^[A-Za-z]:/.test(name) || name.split(/[/\\]/).includes("..")

const last = (name: string): string => name.split(/[/\\]/).at(-1) ?? name

const folded = (name: string): string => last(name).normalize("NFC").toLowerCase()

const stem = (name: string): string => name.replace(/\.[^.]*$/, "")

/** How `name` differs from `file`, which exists. */
const difference = (name: string, file: string): string => {
  if (name.includes("\\")) return "folders are separated by / and not by a backslash"
  if (name.includes("/")) return "names are relative to images/"
  if (name.normalize("NFC") === file.normalize("NFC")) {
    return "the same letters in another Unicode form, as macOS and Windows write them"
  }
  return folded(name) === folded(file) ? "upper and lower case differ" : "the extension differs"
}

/** Finds the file that an absent name may mean, and says how they differ. */
export const hints = (files: ReadonlyArray<string>): ((name: string) => string | undefined) => {
  const byName = new Map(files.map((file) => [folded(file), file]))
  const byStem = new Map(files.map((file) => [stem(folded(file)), file]))
  const present = new Set(files)
  return (name) => {
    if (present.has(name)) return undefined
    const file = byName.get(folded(name)) ?? byStem.get(stem(folded(name)))
    if (file === undefined) return undefined
    return `there is no such picture, but there is ${file}: ${difference(name, file)}`
  }
}
