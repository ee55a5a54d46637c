import { contents, slug, sources } from "../.vitepress/links.ts"

const language = { ts: "ts", py: "python", mjs: "js", md: "md", json: "json" }

const show = ({ name, text }, several) =>
  [
    several ? `## ${name}\n` : "",
    `\`\`\`\`${language[name.split(".").at(-1)] ?? "text"}`,
    text.trimEnd(),
    "````",
    ""
  ].join("\n")

export default {
  paths: () =>
    sources().map((target) => {
      const files = contents(target)
      return {
        params: { target: slug(target), title: target },
        content: [`# ${target}\n`, ...files.map((file) => show(file, files.length > 1))].join("\n")
      }
    })
}
