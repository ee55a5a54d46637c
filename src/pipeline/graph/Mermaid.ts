/** A graph as Mermaid text, which Markdown viewers draw. */
import type { Box, Graph, Tone } from "./Graph.ts"

const entities: { readonly [character: string]: string } = {
  "&": "#amp;",
  '"': "#quot;",
  "<": "#lt;",
  ">": "#gt;",
  "#": "#35;"
}

/** Characters that would end a label, as entities. */
const escaped = (text: string): string =>
  text.replaceAll(/[&"<>#]/g, (character) => entities[character] ?? "")

const shapes: Record<Tone, readonly [open: string, close: string]> = {
  plain: ["[", "]"],
  outside: ["[(", ")]"],
  done: ["[", "]"],
  due: ["[", "]"]
}

const boxLine = ({ id, title, lines, tone }: Box): string => {
  const [open, close] = shapes[tone]
  const label = [`<b>${escaped(title)}</b>`, ...lines.map(escaped)].join("<br/>")
  return `  ${id}${open}"${label}"${close}:::${tone}`
}

/** A flowchart from left to right, inputs first. */
export const text = ({ boxes, arrows }: Graph): string =>
  [
    "flowchart LR",
    ...boxes.map(boxLine),
    ...arrows.map(
      ({ from, to, label }) => `  ${from} -->${label === "" ? "" : `|"${escaped(label)}"|`} ${to}`
    ),
    "  classDef plain fill:#f6f8fa,stroke:#57606a,color:#1f2328",
    "  classDef outside fill:#ffffff,stroke:#57606a,color:#1f2328",
    "  classDef done fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    "  classDef due fill:#fff8c5,stroke:#9a6700,color:#1f2328",
    ""
  ].join("\n")
