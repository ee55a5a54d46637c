/** Every command of the pages runs as the page says, and configurations compose; what is too long is looked up. */
import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import * as CommandLine from "./CommandLine.ts"
import * as Configuration from "./Configuration.ts"
import * as Markdown from "./Markdown.ts"
import * as Pages from "./Pages.ts"
import * as Sandbox from "./Sandbox.ts"
import * as Session from "./Session.ts"
import * as Words from "./Words.ts"

const sandbox = Sandbox.ofPackage()
afterAll(() => Sandbox.remove(sandbox))

describe("commands of the pages", () => {
  const sessions = Pages.all.flatMap((page) => {
    const text = Session.script(page)
    return text === undefined ? [] : [{ page, text, name: page.path }]
  })

  it.concurrent.each(sessions)(
    "$name runs from its first command to its last",
    async ({ page, text }) => {
      const { code, last } = await Session.run(sandbox, page, text)
      assert.strictEqual(code, 0, last)
    },
    Session.limit + 10_000
  )

  const dry = Pages.all.flatMap((page) =>
    Pages.blocksOf(page, "shell")
      .filter((block) => Markdown.marker(block, "dry") !== undefined)
      .flatMap((block) =>
        Words.commands(block.text).map(({ words, line }) => ({
          words,
          place: `${page.path}:${block.line + line - 1}`,
          text: words.join(" ")
        }))
      )
  )
  it.each(dry)("$place has what it calls: $text", async ({ words }) => {
    assert.deepStrictEqual(await CommandLine.problems(words, "line"), [])
  })

  const mentioned = Pages.all.flatMap((page) =>
    page.spans
      .filter(({ text }) => /^(npx|anneal|npm|node|bash) /.test(text))
      .map(({ text, line }) => ({ text, place: `${page.path}:${line}`, shown: Pages.filesOf(page) }))
  )
  it.each(mentioned)("$place mentions what there is: $text", async ({ text, shown }) => {
    for (const { words } of Words.commands(text))
      assert.deepStrictEqual(await CommandLine.problems(words, "mention", shown), [])
  })
})

describe("configurations of the pages", () => {
  const blocks = Pages.all.flatMap((page) =>
    Pages.blocksOf(page, "yaml")
      .filter(Configuration.isComposed)
      .map((block) => ({ page, block, place: `${page.path}:${block.line}` }))
  )
  it.each(blocks)("$place composes, or is refused as it says", async ({ page, block }) => {
    const { file, text, args } = Configuration.of(block)
    const folder = path.join(sandbox, "configs", `${Pages.slug(page)}-${block.line}`)
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), text)
    const problems = await CommandLine.composed([...args, "--config-dir", folder])
    const fails = Markdown.marker(block, "fails")
    if (fails === undefined) assert.deepStrictEqual(problems, [])
    else assert.include(problems.join("\n"), fails.text)
  })
})
