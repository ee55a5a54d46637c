/** The pages of the project: whatever is found, so that a new page is checked from its first commit. */
import { globSync, readFileSync } from "node:fs"
import path from "node:path"
import * as Markdown from "./Markdown.ts"

export const root = path.join(import.meta.dirname, "../..")

const places = ["*.md", "docs/*.md", "docs/how-to/**/*.md", "examples/**/*.md", "templates/**/*.md"]

export const all: ReadonlyArray<Markdown.Page> = globSync(places, { cwd: root })
  .map((file) => file.split(path.sep).join("/"))
  .toSorted()
  .map((file) => Markdown.read(file, readFileSync(path.join(root, file), "utf8")))

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

/** A folder that holds what the pages write, named like them. */
export const slug = ({ path }: Markdown.Page) => path.replaceAll("/", "-").replace(/\.md$/, "")
