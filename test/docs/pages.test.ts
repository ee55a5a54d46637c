/** Pages are whole: their blocks and markers can be read, JSON is JSON, links lead somewhere. */
import { existsSync } from "node:fs"
import path from "node:path"
import { assert, describe, it } from "vitest"
import * as Markdown from "./Markdown.ts"
import * as Pages from "./Pages.ts"

const named = Pages.all.map((page) => ({ page, name: page.path }))
const anchors = new Map(Pages.all.map((page) => [page.path, page.anchors]))

const broken = (from: string, link: string): string | undefined => {
  if (/^[a-z]+:/.test(link)) return undefined
  if (link.startsWith("/")) return onSite(link)
  const [file = "", anchor] = link.split("#")
  const target = file === "" ? from : path.posix.join(path.posix.dirname(from), file)
  if (!existsSync(path.join(Pages.root, target))) return `${link}: there is no ${target}`
  const known = anchors.get(target)
  if (anchor === undefined || known === undefined || known.includes(anchor)) return undefined
  return `${link}: ${target} has no such heading, but ${known.join(", ")}`
}

/** An address on the site: a page, what TypeDoc writes, or a file that is there for all pages. */
const onSite = (link: string): string | undefined => {
  const places = [`docs/public${link}`, `docs${link}.md`, `docs/site${link}.md`]
  const there = link.startsWith("/api/") || places.some((place) => existsSync(path.join(Pages.root, place)))
  return there ? undefined : `${link}: none of ${places.join(", ")}`
}

/** Markers are not seen, so a block's file is named before it, or on its first line. */
const isSaid = ({ spans }: Markdown.Page, block: Markdown.Block): boolean => {
  const file = Markdown.marker(block, "file")?.text
  if (file === undefined || block.text.split("\n", 1).join().includes(file)) return true
  return spans.some(({ text, line }) => line < block.line && `/${file}`.endsWith(`/${text}`))
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe("pages", () => {
  it("are found", () => {
    assert.includeMembers([...anchors.keys()], ["README.md", "docs/architecture.md", "examples/README.md"])
  })

  it.each(named)("$name has blocks that can be read", ({ page }) => {
    assert.deepStrictEqual(page.problems, [])
    const unknown = page.blocks.filter((block) => Pages.kindOf(block) === undefined)
    assert.deepStrictEqual(
      unknown.map(({ line, language }) => `${line}: nobody checks "${language}"`),
      []
    )
  })

  it.each(named)("$name has JSON that is JSON", ({ page }) => {
    const wrong = Pages.blocksOf(page, "json").filter(({ text }) => !isJson(text))
    assert.deepStrictEqual(
      wrong.map(({ line }) => line),
      []
    )
  })

  it.each(named)("$name says in its text which files its blocks are", ({ page }) => {
    const unsaid = page.blocks.filter((block) => !isSaid(page, block))
    assert.deepStrictEqual(
      unsaid.map((block) => `${block.line}: ${Markdown.marker(block, "file")?.text}`),
      []
    )
  })

  it.each(named)("$name links to what is there", ({ page }) => {
    assert.deepStrictEqual(
      page.links.flatMap(({ text, line }) => {
        const problem = broken(page.path, text)
        return problem === undefined ? [] : [`${line}: ${problem}`]
      }),
      []
    )
  })
})
