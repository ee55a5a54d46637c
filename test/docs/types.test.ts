/** All TypeScript of all pages, and of the doc comments, passes the strict compiler, in one run. */
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as Markdown from "./Markdown.ts"
import * as Modules from "./Modules.ts"
import * as Pages from "./Pages.ts"
import * as Sandbox from "./Sandbox.ts"

const pages = [...Pages.all, ...Pages.comments]

const sandbox = Sandbox.ofSources()
afterAll(() => Sandbox.remove(sandbox))

/** Of the page and line where the block stands. */
let errors: ReadonlyArray<string> = []

beforeAll(() => {
  for (const page of pages) Modules.write(page, path.join(sandbox, Pages.slug(page)))
  // A snippet may declare what only the reader uses.
  const lenient = { noUnusedLocals: false, noUnusedParameters: false }
  const settings = {
    extends: path.join(Pages.root, "tsconfig.json"),
    compilerOptions: lenient,
    include: ["*/**/*.ts"],
    exclude: ["node_modules"]
  }
  writeFileSync(path.join(sandbox, "tsconfig.json"), JSON.stringify(settings))
  const compiler = path.join(Pages.root, "node_modules/typescript/bin/tsc")
  const { stdout } = spawnSync(process.execPath, [compiler, "--noEmit", "--pretty", "false"], {
    cwd: sandbox,
    encoding: "utf8"
  })
  errors = stdout.split(/\n(?=\S)/).filter((line) => line.trim() !== "")
})

const ofPage = (page: Markdown.Page) =>
  errors
    .filter((line) => line.startsWith(`${Pages.slug(page)}/`))
    .map((line) => line.replace(/^[^(]*/, page.path))

describe("TypeScript of the pages", () => {
  it.each(pages.filter((page) => Modules.of(page).size > 0).map((page) => ({ page, name: page.path })))(
    "$name compiles",
    ({ page }) => assert.deepStrictEqual(ofPage(page), [])
  )

  it("has no error outside of the pages", () => {
    const known = pages.flatMap(ofPage).length
    assert.strictEqual(known, errors.length, errors.join("\n"))
  })

  const excerpts = pages.flatMap((page) =>
    page.blocks.flatMap((block) =>
      Markdown.markers(block, "from").map(({ text }) => ({
        place: `${page.path}:${block.line}`,
        block,
        file: text
      }))
    )
  )
  it.each(excerpts)("$place shows $file as it is", ({ block, file }) => {
    assert.include(readFileSync(path.join(Pages.root, file), "utf8"), block.text)
  })
})
