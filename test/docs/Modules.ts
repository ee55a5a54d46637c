/**
 * The TypeScript of a page as modules. Blocks go on from each other, as a reader reads them, unless a marker gives them
 * a file of their own. Every line keeps its number, so that the compiler's places are those of the page.
 */
import { cpSync, mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import * as Markdown from "./Markdown.ts"
import { blocksOf, root } from "./Pages.ts"

/** Name of the module of a page's blocks that name none. */
export const rest = "page.ts"

/** Text by name, relative to the folder of the page. */
export const of = (page: Markdown.Page): ReadonlyMap<string, string> => {
  const lines = new Map<string, Array<string>>()
  for (const block of blocksOf(page, "types")) {
    if (Markdown.marker(block, "from") !== undefined) continue
    const file = fileOf(block)
    const module = lines.get(file) ?? []
    lines.set(file, module)
    for (const { text, line } of [...Markdown.markers(block, "given"), block]) put(module, text, line)
  }
  // Without this a block that imports nothing would be no module, and share its names with those of other pages.
  return new Map([...lines].map(([name, module]) => [name, [...module, "export {}", ""].join("\n")]))
}

export const fileOf = (block: Markdown.Block): string =>
  Markdown.marker(block, "file")?.text ??
  (Markdown.marker(block, "apart") === undefined ? rest : `apart-${block.line}.ts`)

const put = (module: Array<string>, text: string, line: number) => {
  while (module.length < line - 1) module.push("")
  module.splice(line - 1, 0, ...text.replace(/\n$/, "").split("\n"))
}

/** Writes a page's modules, and the files of the project that they stand beside. */
export const write = (page: Markdown.Page, folder: string): void => {
  for (const [name, text] of of(page)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
  for (const { text } of page.blocks.flatMap((block) => Markdown.markers(block, "beside"))) {
    const [from = "", to = path.basename(from)] = text.split(" as ")
    cpSync(path.join(root, from), path.join(folder, to), { recursive: true })
  }
}
