/** Where a link between files of the project leads on the site: to the page, or to a page that shows the source. */
import { existsSync, globSync, readFileSync, statSync } from "node:fs"
import path from "node:path"

const root = path.join(import.meta.dirname, "../..")

/** Pages of the site by their file, from the root of the project. Name a new page outside of docs/ here. */
export const elsewhere: Readonly<Record<string, string>> = {
  "README.md": "readme.md",
  "CONTRIBUTING.md": "contributing.md",
  "CHANGELOG.md": "changelog.md",
  "SECURITY.md": "security-policy.md",
  "examples/README.md": "examples.md"
}

const link = /\]\(([^()\s]+)\)/g

/** Address of what `href` means in a file of the project; `undefined` where it is an address already. */
export const address = (from: string, href: string): string | undefined => {
  if (/^([a-z]+:|#|\/)/.test(href)) return undefined
  const [file = "", anchor] = href.split("#")
  const target = path.posix.join(path.posix.dirname(from), file).replace(/\/$/, "")
  const site = pageOf(target) ?? sourceOf(target)
  return anchor === undefined || site === undefined ? site : `${site}#${anchor}`
}

const pageOf = (target: string): string | undefined =>
  target in elsewhere || target.endsWith(".md")
    ? `/${(elsewhere[target] ?? target.replace(/^docs\//, "")).replace(/((^|\/)index)?\.md$/, "$2")}`
    : undefined

const sourceOf = (target: string): string | undefined =>
  existsSync(path.join(root, target)) ? `/source/${slug(target)}` : undefined

/** The file of the project that a page of the site shows. */
export const origin = (page: string): string =>
  Object.entries(elsewhere).find(([, name]) => page === `site/${name}`)?.[0] ?? `docs/${page}`

export const slug = (target: string): string => target.replaceAll("/", "-").replaceAll(".", "-")

/** What pages link to and is no page itself: files and folders of code. */
export const sources = (): ReadonlyArray<string> => {
  const pages = [...Object.keys(elsewhere), ...globSync("docs/*.md", { cwd: root })]
  const targets = pages.flatMap((page) =>
    [...readFileSync(path.join(root, page), "utf8").matchAll(link)].flatMap(([, href = ""]) => {
      const target = path.posix.join(path.posix.dirname(page), href.split("#")[0] ?? "").replace(/\/$/, "")
      return /^[a-z]+:/.test(href) || target.endsWith(".md") || !existsSync(path.join(root, target))
        ? []
        : [target]
    })
  )
  return [...new Set(targets)].toSorted()
}

/** Names and texts of a file, or of the files in a folder. */
export const contents = (target: string): ReadonlyArray<{ readonly name: string; readonly text: string }> => {
  const names = statSync(path.join(root, target)).isDirectory()
    ? globSync("**/*.*", { cwd: path.join(root, target) }).map((name) => `${target}/${name}`)
    : [target]
  return names.toSorted().map((name) => ({ name, text: readFileSync(path.join(root, name), "utf8") }))
}
