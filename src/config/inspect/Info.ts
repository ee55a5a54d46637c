/** How a configuration came together, as text: `--info defaults|defaults-tree|searchpath|config`. */
import * as Schema from "effect/Schema"
import type { Composed } from "../compose/Composed.ts"
import * as Default from "../defaults/Default.ts"
import type { Tree } from "../defaults/Tree.ts"
import type { SearchPathEntry } from "../source/Repository.ts"
import * as YamlWriter from "../yaml/Writer.ts"

/** What `--info` can show. */
export const Topic = Schema.Literals(["all", "config", "defaults", "defaults-tree", "searchpath"])
export type Topic = typeof Topic.Type

/** The text for a topic, with a line break at its end. */
export const text = (composed: Composed, topic: Topic): string => {
  switch (topic) {
    case "defaults":
      return defaults(composed)
    case "defaults-tree":
      return defaultsTree(composed)
    case "searchpath":
      return searchPath(composed)
    case "config":
    case "all":
      return searchPath(composed) + defaultsTree(composed) + defaults(composed) + config(composed)
  }
}

const lines = (...parts: ReadonlyArray<string>): string => `${parts.join("\n")}\n`

const heading = (title: string): ReadonlyArray<string> => ["", title, "*".repeat(title.length)]

type Row = ReadonlyArray<string>

/** Columns as wide as their widest cell, between bars, with a rule above and below the rows. */
const table = (header: Row, rows: ReadonlyArray<Row>, headerEnd = ""): ReadonlyArray<string> => {
  const widths = header.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0))
  )
  const line = (row: Row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`
  const top = line(header) + headerEnd
  const rule = "-".repeat(top.length)
  return [top, rule, ...rows.map(line), rule]
}

/** The configs in the order they are merged, each with its package and the config that asked for it. */
export const defaults = ({ defaults: list }: Composed): string => {
  const rows = list.map(({ config: path, package: name, isSelf, parent }) => [
    path,
    name,
    isSelf ? "True" : "False",
    parent ?? ""
  ])
  return lines(
    ...heading("Defaults List"),
    ...table(["Config path", "Package", "_self_", "Parent"], rows, " ")
  )
}

/** The defaults lists as a tree: each config above what its list names. */
export const defaultsTree = ({ composition }: Composed): string =>
  lines(...heading("Defaults Tree"), ...branch(composition.defaults.tree, ""))

const branch = (tree: Tree, indent: string): ReadonlyArray<string> => {
  const children = tree.children ?? []
  const name = `${indent}${label(tree.entry)}`
  if (children.length === 0) return [name]
  return [`${name}:`, ...children.flatMap((child) => branch(child, `${indent}  `))]
}

const label = (entry: Default.Default): string =>
  entry.kind === "group"
    ? `${Default.overrideKey(entry)}: ${Default.nameOf(entry) ?? "null"}`
    : Default.configPath(entry)

/** Where configs are looked for, in order. */
export const searchPath = ({ searchPath: entries }: Composed): string => {
  const rows = [...entries.map(({ provider, path }) => [provider, url(path)]), ["schema", "structured://"]]
  return lines(...heading("Config search path"), ...table(["Provider", "Search path"], rows))
}

const url = (path: SearchPathEntry["path"]) => (path.includes("://") ? path : `file://${path}`)

/** The composed configuration of the task. */
const config = (composed: Composed): string => lines("Config", "******", YamlWriter.write(composed.config))
