/** Reads TypeScript files as modules: their imports, and the forms that the architecture may refuse. */
import { readFileSync } from "node:fs"
import path from "node:path"
import { parseSync, Visitor } from "rolldown/utils"

export interface Edge {
  readonly specifier: string
  readonly line: number
  /** `value` loads at once, `lazy` is `import()`, `type` is erased. */
  readonly kind: "value" | "type" | "lazy"
  /** The imported file, relative to the root; absent for a package. */
  readonly target: string | undefined
}

/** A form in the code that the architecture refuses. */
export interface Finding {
  readonly form:
    | "unreadable"
    | "computed import"
    | "try"
    | "process listener"
    | "path beside module"
    | "state"
  readonly line: number
  readonly detail: string
}

export interface Module {
  /** Path relative to the root, with forward slashes. */
  readonly file: string
  readonly edges: ReadonlyArray<Edge>
  readonly findings: ReadonlyArray<Finding>
}

export const read = (root: string, file: string): Module => {
  const text = readFileSync(path.join(root, file), "utf8")
  const parsed = parseSync(file, text)
  const lineOf = (offset: number) => text.slice(0, offset).split("\n").length
  const { edges, findings } = walk(parsed.program)
  return {
    file,
    edges: [...staticEdges(parsed.module), ...edges].map(({ specifier, offset, kind }) => ({
      specifier,
      kind,
      line: lineOf(offset),
      target: specifier.startsWith(".") ? path.posix.join(path.posix.dirname(file), specifier) : undefined
    })),
    findings: [
      ...parsed.errors.map((error) => ({ form: "unreadable" as const, line: 1, detail: error.message })),
      ...findings.map(({ form, offset, detail }) => ({ form, line: lineOf(offset), detail }))
    ]
  }
}

type Parsed = ReturnType<typeof parseSync>
type Visitors = NonNullable<ConstructorParameters<typeof Visitor>[0]>
type NodeOf<Name extends "CallExpression" | "NewExpression"> = Parameters<NonNullable<Visitors[Name]>>[0]

interface RawEdge {
  readonly specifier: string
  readonly offset: number
  readonly kind: Edge["kind"]
}

const staticEdges = ({ staticImports, staticExports }: Parsed["module"]): ReadonlyArray<RawEdge> => {
  const kindOf = (names: ReadonlyArray<{ isType: boolean }>): Edge["kind"] =>
    names.length > 0 && names.every(({ isType }) => isType) ? "type" : "value"
  const imports = staticImports.map(({ moduleRequest, start, entries }) => ({
    specifier: moduleRequest.value,
    offset: start,
    kind: kindOf(entries)
  }))
  const exports = staticExports.flatMap(({ entries, start }) =>
    entries.flatMap((entry) =>
      entry.moduleRequest === null
        ? []
        : [{ specifier: entry.moduleRequest.value, offset: start, kind: kindOf([entry]) }]
    )
  )
  return [...imports, ...exports]
}

/** What the import lists lack: `import()`, `import("x").T`, and the forms. */
const walk = (program: Parsed["program"]) => {
  const edges: Array<RawEdge> = []
  const findings: Array<{ form: Finding["form"]; offset: number; detail: string }> = []
  const find = (form: Finding["form"], offset: number, detail = "") => findings.push({ form, offset, detail })
  new Visitor({
    ImportExpression({ source, start }) {
      if (source.type === "Literal" && typeof source.value === "string") {
        edges.push({ specifier: source.value, offset: start, kind: "lazy" })
      } else find("computed import", start)
    },
    TSImportType({ source, start }) {
      edges.push({ specifier: source.value, offset: start, kind: "type" })
    },
    TryStatement({ start }) {
      find("try", start)
    },
    CallExpression(node) {
      if (listensOnProcess(node)) find("process listener", node.start)
    },
    NewExpression(node) {
      if (isPathBesideModule(node)) find("path beside module", node.start)
    }
  }).visit(program)
  for (const node of program.body) {
    const statement = node.type === "ExportNamedDeclaration" ? node.declaration : node
    if (statement?.type === "VariableDeclaration" && /^(let|var)$/.test(statement.kind)) {
      find("state", node.start, statement.kind)
    }
  }
  return { edges, findings }
}

const listensOnProcess = ({ callee }: NodeOf<"CallExpression">) =>
  callee.type === "MemberExpression" &&
  callee.object.type === "Identifier" &&
  callee.object.name === "process" &&
  callee.property.type === "Identifier" &&
  /^(on|once|addListener|prependListener)$/.test(callee.property.name)

/** `new URL("…", import.meta.url)`. */
const isPathBesideModule = ({ callee, arguments: [name, base] }: NodeOf<"NewExpression">) =>
  callee.type === "Identifier" &&
  callee.name === "URL" &&
  name?.type === "Literal" &&
  base?.type === "MemberExpression" &&
  base.object.type === "MetaProperty"
