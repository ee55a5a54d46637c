/** The checks of the pages find what is planted. */
import { assert, describe, it } from "vitest"
import * as CommandLine from "./CommandLine.ts"
import * as Configuration from "./Configuration.ts"
import * as Markdown from "./Markdown.ts"
import * as Modules from "./Modules.ts"
import * as Session from "./Session.ts"
import * as Words from "./Words.ts"

const page = (...lines: ReadonlyArray<string>) => Markdown.read("docs/planted.md", lines.join("\n"))

describe("a page", () => {
  it("gives its blocks with their places and markers", () => {
    const { blocks } = page("text", "<!-- code small: it is long -->", "", "```sh", "anneal train", "```")
    assert.deepStrictEqual(blocks, [
      {
        language: "sh",
        text: "anneal train\n",
        line: 5,
        markers: [{ word: "small", text: "it is long", line: 2 }]
      }
    ])
  })

  it.each([
    { what: "a marker that nobody knows", lines: ["<!-- code skp: why -->", "```sh", "```"], says: '"skp"' },
    {
      what: "a marker without its reason",
      lines: ["<!-- code skip -->", "```sh", "```"],
      says: "has to say why"
    },
    {
      what: "a marker before no block",
      lines: ["<!-- code skip: why -->", "text"],
      says: "1: a marker before no"
    },
    {
      what: "a block that does not end",
      lines: ["text", "```sh", "anneal"],
      says: "2: a block that does not end"
    }
  ])("is refused for $what", ({ lines, says }) => {
    assert.include(page(...lines).problems.join("\n"), says)
  })

  it("knows what lines mention, where links lead and what headings are called", () => {
    const { spans, links, anchors } = page(
      "## What `a` is: b",
      "see [x](y.md#z), `anneal runs list`",
      "`[a](b)`"
    )
    assert.deepStrictEqual(spans, [
      { text: "a", line: 1 },
      { text: "anneal runs list", line: 2 },
      { text: "[a](b)", line: 3 }
    ])
    assert.deepStrictEqual(links, [{ text: "y.md#z", line: 2 }])
    assert.deepStrictEqual(anchors, ["what-a-is-b"])
  })

  it("keeps each line of its TypeScript where it stands", () => {
    const modules = Modules.of(
      page("```ts", "const a = 1", "```", "<!-- code given:", "const b = 2", "-->", "```ts", "a + b", "```")
    )
    assert.deepStrictEqual(modules.get("page.ts")?.split("\n").slice(0, 8), [
      "",
      "const a = 1",
      "",
      "",
      "const b = 2",
      "",
      "",
      "a + b"
    ])
  })

  it("has a session only where something runs", () => {
    assert.isUndefined(Session.script(page("<!-- code dry: why -->", "```sh", "anneal train", "```")))
    assert.include(Session.script(page("```sh", "anneal runs list", "```")), "\nanneal runs list\n")
  })
})

describe("a command that is looked up", () => {
  const problems = async (text: string, kind: CommandLine.Kind) =>
    (await Promise.all(Words.commands(text).map(({ words }) => CommandLine.problems(words, kind))))
      .flat()
      .join("\n")

  it.each([
    { text: "npx anneal trian", says: 'no subcommand "trian"' },
    { text: "anneal runs list --wher a", says: "no flag --wher" },
    { text: "anneal runs show", says: "at least 1" },
    { text: "anneal runs show a b", says: "at most 1" },
    { text: "anneal engine install native --wheel", says: "--wheel needs a value" },
    { text: "anneal pipeline outline a.ts --format png", says: "--format is one of" },
    { text: "npx anneal train trainer.max_epoch=3", says: "max_epochs" },
    { text: "npm ci && npm run strat", says: '"strat"' },
    { text: "WANDB_API_KEY=… anneal trian", says: 'no subcommand "trian"' },
    { text: "npx nothing", says: "npx finds no nothing" },
    { text: "node bench/nothing.ts", says: "there is no bench/nothing.ts" }
  ])("refuses $text", async ({ text, says }) => {
    assert.include(await problems(text, "line"), says)
  })

  it.each([
    "npx anneal train -m 'trainer.max_epochs=1,2' \\\n  model=dbnet_tiny # a sweep",
    "npm start",
    "npm run check -- lint types"
  ])("passes %s", async (text) => {
    assert.strictEqual(await problems(text, "line"), "")
  })

  it.each(["anneal runs list|show --json", "anneal runs resume", "anneal runs show <run>", "npx anneal …"])(
    "passes %s where it is only mentioned",
    async (text) => assert.strictEqual(await problems(text, "mention"), "")
  )
})

describe("a configuration", () => {
  const of = (...lines: ReadonlyArray<string>) =>
    page(...lines).blocks.map((block) => Configuration.of(block))

  it("adds to train, or is the config of its name", () => {
    assert.deepStrictEqual(
      of("```yaml", "seed: 1", "```", "<!-- code file: configs/model/a.yaml -->", "```yaml", "b: 1", "```"),
      [
        {
          file: "block.yaml",
          text: "defaults: [train, _self_]\nseed: 1\n",
          args: ["train", "--config-name", "block"]
        },
        { file: "model/a.yaml", text: "b: 1\n", args: ["train", "model=a"] }
      ]
    )
  })

  it("is refused where the program refuses it", async () => {
    assert.include((await CommandLine.composed(["train", "optimizer.kind=adamm"])).join(), "adam")
  })
})
