/** The site: the pages in docs/ and those beside it, the reference that TypeDoc writes, the code that pages link to. */
import { globSync } from "node:fs"
import path from "node:path"
import { defineConfig, type UserConfig } from "vitepress"
import { address, elsewhere, origin } from "./links.ts"

const docs = path.join(import.meta.dirname, "..")

/** Names of the modules of the reference in a folder of it. */
const modules = (folder: string) =>
  globSync("*.md", { cwd: path.join(docs, "api", folder) })
    .filter((file) => file !== "index.md")
    .map((file) => file.replace(/\.md$/, ""))
    .toSorted()

/** Its folders that hold modules. */
const folders = (room: string) => [
  ...new Set(
    globSync(`${room}/**/[A-Z]*.md`, { cwd: path.join(docs, "api") }).map((file) => path.posix.dirname(file))
  )
]

const reference = (text: string, folders: ReadonlyArray<string>) => ({
  text,
  collapsed: text !== "anneal",
  items: folders.flatMap((folder) =>
    modules(folder).map((name) => ({ text: name, link: `/${path.posix.join("api", folder, name)}` }))
  )
})

/** Only what has been written: a page that comes later shows itself. */
const written = (items: ReadonlyArray<{ readonly text: string; readonly link: string }>) =>
  items.filter(
    ({ link }) =>
      Object.values(elsewhere).includes(`${link.slice(1)}.md`) ||
      globSync(`.${link}.md`, { cwd: docs }).length > 0
  )

const guide = [
  {
    text: "Learn",
    items: written([
      { text: "Start", link: "/readme" },
      { text: "Your own task", link: "/your-own-task" },
      { text: "A model of TensorFlow.js", link: "/layers-model" },
      { text: "From init to your own model", link: "/tutorial" },
      { text: "Examples", link: "/examples" }
    ])
  },
  {
    text: "How to",
    items: written([
      { text: "Write a net", link: "/nets" },
      { text: "Configure a program", link: "/configuration" },
      { text: "Build pipelines", link: "/pipelines" },
      { text: "Read, inspect and divide data", link: "/data" },
      { text: "Transform training samples", link: "/transforms" },
      { text: "Cache and shards", link: "/data-cache" },
      { text: "Draw training data", link: "/synthetic" },
      { text: "Score text detection", link: "/scoring" },
      { text: "Start from existing weights", link: "/weights" },
      { text: "Export a net", link: "/export" },
      { text: "Test a training program", link: "/testing" },
      { text: "Choose an engine", link: "/engines" },
      { text: "Track runs", link: "/tracking" },
      { text: "Come from Hydra", link: "/coming-from-hydra" },
      { text: "Come from Lightning", link: "/coming-from-lightning" }
    ])
  },
  {
    text: "Understand",
    items: written([
      { text: "Architecture", link: "/architecture" },
      { text: "Why it is built this way", link: "/why" },
      { text: "Results", link: "/results" },
      { text: "Security", link: "/security" },
      { text: "Contributing", link: "/contributing" },
      { text: "Changes", link: "/changelog" }
    ])
  }
]

/** The pages are read in the repository as well, so they link to files: here to what shows the file. */
const lead = (tokens: ReadonlyArray<Token>, from: string) => {
  for (const token of tokens.flatMap(({ children }) => children ?? [])) {
    const href = token.type === "link_open" ? address(from, token.attrGet("href") ?? "") : undefined
    if (href !== undefined) token.attrSet("href", href)
  }
}

type Markdown = Parameters<NonNullable<NonNullable<UserConfig["markdown"]>["config"]>>[0]
type Token = ReturnType<Markdown["parse"]>[number]

export default defineConfig({
  title: "Anneal",
  description: "Declarative, typed training pipelines for TypeScript",
  lang: "en",
  cleanUrls: true,
  cacheDir: "./node_modules/.vitepress",
  rewrites: { "site/:page": ":page" },
  ignoreDeadLinks: false,
  head: [["link", { rel: "icon", href: "/mark.svg", type: "image/svg+xml" }]],
  markdown: {
    theme: { light: "github-light", dark: "github-dark" },
    config: (markdown) => {
      markdown.core.ruler.push("links-between-files", ({ tokens, env }) => {
        const file: string | undefined = env?.realPath ?? env?.path
        // A title is read alone, without a file.
        if (file !== undefined) lead(tokens, origin(path.relative(docs, file).split(path.sep).join("/")))
      })
    }
  },
  themeConfig: {
    logo: "/mark.svg",
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      ...written([{ text: "Tutorial", link: "/tutorial" }]),
      {
        text: "Guide",
        link: "/readme",
        activeMatch:
          "^/(readme|examples|your-own-task|nets|layers-model|weights|data|transforms|configuration|pipelines|testing|engines|tracking|coming)"
      },
      { text: "Reference", link: "/api/", activeMatch: "^/api/" },
      { text: "Why", link: "/why" }
    ],
    sidebar: {
      "/api/": [
        reference("anneal", ["."]),
        reference("anneal/testing", ["testing"]),
        reference("anneal/runs", ["runs"]),
        reference("anneal/layers", folders("layers")),
        reference("anneal/tasks", folders("tasks"))
      ],
      "/": guide
    }
  }
})
