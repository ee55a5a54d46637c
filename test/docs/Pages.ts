/** The pages of the project: whatever is found, so that a new page is checked from its first commit. */
import { globSync, readFileSync } from "node:fs"
import path from "node:path"
import * as Markdown from "./Markdown.ts"

export const root = path.join(import.meta.dirname, "../..")

const places = ["*.md", "docs/*.md", "docs/how-to/**/*.md", "examples/**/*.md", "templates/**/*.md"]

const text = (file: string) => readFileSync(path.join(root, file), "utf8")

const found = (places: ReadonlyArray<string>) =>
  globSync(places, { cwd: root })
    .map((file) => file.split(path.sep).join("/"))
    .toSorted()

export const all: ReadonlyArray<Markdown.Page> = found(places).map((file) => Markdown.read(file, text(file)))

/** Doc comments with code, as pages: the reference shows it. */
export const comments: ReadonlyArray<Markdown.Page> = found(["src/**/*.ts"]).flatMap((file) => {
  const code = text(file)
  if (!/^\s*\* ```/m.test(code)) return []
  const lines = code.split("\n").map((line) => /^\s*\* ?(?!\/)(.*)$/.exec(line)?.[1] ?? "")
  return [Markdown.read(file, lines.join("\n"))]
})

const kinds: { readonly [language: string]: "types" | "shell" | "yaml" | "json" | "none" } = {
  ts: "types",
  typescript: "types",
  sh: "shell",
  bash: "shell",
  shell: "shell",
  console: "shell",
  yaml: "yaml",
  yml: "yaml",
  json: "json",
  "": "none",
  text: "none",
  python: "none",
  mermaid: "none"
}

/** What is checked in a block; `undefined` for a language that nobody decided on. */
export const kindOf = (block: Markdown.Block) => kinds[block.language]

export const blocksOf = (page: Markdown.Page, kind: "types" | "shell" | "yaml" | "json") =>
  page.blocks.filter((block) => kindOf(block) === kind && Markdown.marker(block, "skip") === undefined)

/** The files that a page shows. */
export const filesOf = (page: Markdown.Page): ReadonlyArray<string> =>
  page.blocks.flatMap((block) => Markdown.markers(block, "file").map((marker) => marker.text))

/** A folder that holds what the pages write, named like them. */
export const slug = ({ path }: Markdown.Page) => path.replaceAll("/", "-").replace(/\.(md|ts)$/, "")
