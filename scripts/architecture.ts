/**
 * Checks that the rooms of `src/` depend on each other only in the directions that docs/architecture.md draws.
 *
 * Run: `node scripts/architecture.ts`. The tables at the top are the rules. Nothing passes unseen: no files, a room
 * without a rule, a file that cannot be read and an exception that nothing needs are problems too.
 */
import { existsSync, globSync } from "node:fs"
import path from "node:path"
import { type Edge, type Finding, type Module, read } from "./modules.ts"

/** Which rooms each room may import, besides itself. */
const directions: Readonly<Record<string, ReadonlyArray<string>>> = {
  internal: [],
  config: ["internal"],
  pipeline: ["config", "internal"],
  tasks: ["pipeline", "internal"],
  layers: ["pipeline", "internal"],
  testing: ["pipeline", "internal"],
  runs: ["pipeline", "tasks", "layers", "internal"],
  cli: ["config", "pipeline", "tasks", "layers", "runs", "internal"],
  "index.ts": ["config", "pipeline", "tasks", "testing"]
}

const tensors = /^@tensorflow\//
const pictures = /^(sharp|@napi-rs\/canvas)$/

/** Packages that only some rooms may load. Their types are free, unless `typesToo` refuses those as well. */
const packages: ReadonlyArray<{ name: RegExp; refusedIn: ReadonlyArray<string>; typesToo: boolean }> = [
  { name: tensors, refusedIn: ["pipeline", "tasks", "testing", "runs", "cli", "internal"], typesToo: false },
  { name: tensors, refusedIn: ["config"], typesToo: true },
  {
    name: pictures,
    refusedIn: ["config", "pipeline", "tasks", "testing", "cli", "internal"],
    typesToo: false
  }
]

/** What loading an entry must not load at once, however many files lie between. */
const entries: ReadonlyArray<{ file: string; never: RegExp }> = [
  { file: "src/index.ts", never: /^(@tensorflow\/.*|sharp|@napi-rs\/canvas|yaml)$/ },
  { file: "src/cli/main.ts", never: /^(@tensorflow\/.*|sharp|@napi-rs\/canvas)$/ }
]

/** What each room refuses in its code, and the cure. */
const refusals: Readonly<Record<Finding["form"], { in: (room: string) => boolean; message: string }>> = {
  unreadable: { in: () => true, message: "cannot be read" },
  "computed import": {
    in: () => true,
    message: "imports a computed name: write the name out, so that it can be checked and bundled"
  },
  try: { in: () => true, message: "says `try`: use Effect.try, Effect.tryPromise or a typed failure" },
  "process listener": {
    in: (room) => room !== "cli",
    message: "listens on `process`: signals and defects are handled once, in src/cli"
  },
  "path beside module": {
    in: () => true,
    message:
      "builds a path beside its own module, which moves when it is bundled: resolve a package path, or for a worker take the extension from import.meta.url"
  },
  state: {
    in: (room) => !["layers", "runs", "cli"].includes(room),
    message: "keeps state at module level: what lives longer than a call belongs in a service"
  }
}

/** A file that may use a form which is refused elsewhere, and why there is no other way. */
export interface Exception {
  readonly file: string
  readonly form: Finding["form"]
  readonly why: string
}

const allowances: ReadonlyArray<Exception> = [
  {
    file: "src/layers/data/WorkerPool.ts",
    form: "computed import",
    why: "which module a worker runs is for the maker of the pool to say"
  },
  {
    file: "src/cli/programs/pipeline/Module.ts",
    form: "computed import",
    why: "which module holds a person's pipeline is for the command line to say"
  }
]

export interface Problem {
  readonly file: string
  readonly line: number
  readonly message: string
}

export interface Report {
  /** Files read, as paths relative to the root. */
  readonly files: ReadonlyArray<string>
  readonly problems: ReadonlyArray<Problem>
}

/** Checks every TypeScript file below `root/src`. */
export const check = (root: string, exceptions: ReadonlyArray<Exception> = allowances): Report => {
  const files = globSync("src/**/*.{ts,mts,cts,tsx}", { cwd: root })
    .map((file) => file.split(path.sep).join("/"))
    .sort()
  const modules = new Map(files.map((file) => [file, read(root, file)]))
  const problems = [
    ...[...modules.values()].flatMap((module) => [
      ...directionProblems(root, module),
      ...formProblems(module, exceptions)
    ]),
    ...entries.flatMap(({ file, never }) => entryProblems(modules, file, never)),
    ...cycles(modules),
    ...staleExceptions(modules, exceptions)
  ]
  if (files.length === 0)
    problems.push({ file: "src", line: 1, message: "holds no TypeScript file to check" })
  return { files, problems: problems.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line) }
}

const roomOf = (file: string) => file.split("/")[1] ?? ""

const directionProblems = (root: string, { file, edges }: Module): ReadonlyArray<Problem> => {
  const room = roomOf(file)
  const allowed = directions[room]
  if (allowed === undefined) {
    return [
      {
        file,
        line: 1,
        message: `stands in the room "${room}", which scripts/architecture.ts has no rule for`
      }
    ]
  }
  return edges.flatMap((edge) => {
    const message =
      edge.target === undefined ? packageProblem(room, edge) : fileProblem(root, room, edge.target)
    return message === undefined ? [] : [{ file, line: edge.line, message }]
  })
}

const packageProblem = (room: string, { specifier, kind }: Edge) => {
  const rule = packages.find(
    ({ name, refusedIn, typesToo }) =>
      name.test(specifier) && refusedIn.includes(room) && (typesToo || kind !== "type")
  )
  if (rule === undefined) return undefined
  return `imports ${specifier}: ${room} may ${rule.typesToo ? "not" : "only use its types (import type)"}`
}

const fileProblem = (root: string, room: string, target: string) => {
  if (target === "package.json") return undefined
  if (!existsSync(path.join(root, target))) return `imports ${target}, which does not exist`
  if (!target.startsWith("src/")) return `imports ${target}, which lies outside of src`
  const other = roomOf(target)
  const allowed = directions[room] ?? []
  if (other === room || allowed.includes(other)) return undefined
  return `imports ${target}: ${room} may depend on ${allowed.join(", ") || "no other room"}`
}

const formProblems = ({ file, findings }: Module, exceptions: ReadonlyArray<Exception>) =>
  findings
    .filter(({ form }) => refusals[form].in(roomOf(file)))
    .filter(({ form }) => !exceptions.some((exception) => exception.file === file && exception.form === form))
    .map(({ form, line, detail }) => ({
      file,
      line,
      message: [refusals[form].message, detail].filter((part) => part !== "").join(": ")
    }))

/** Follows what is loaded at once, that is neither types nor `import()`, and tells the way to what must not be. */
const entryProblems = (modules: ReadonlyMap<string, Module>, entry: string, never: RegExp) => {
  const problems: Array<Problem> = []
  const seen = new Set<string>()
  const visit = (file: string, way: ReadonlyArray<string>) => {
    if (seen.has(file)) return
    seen.add(file)
    for (const { kind, target, specifier } of modules.get(file)?.edges ?? []) {
      if (kind !== "value") continue
      if (target !== undefined) visit(target, [...way, target])
      else if (never.test(specifier)) {
        problems.push({ file: entry, line: 1, message: `loads ${specifier} at once, by ${way.join(" -> ")}` })
      }
    }
  }
  visit(entry, [entry])
  return problems
}

/** Types and lazy imports count as well: they couple two files just as much. */
const cycles = (modules: ReadonlyMap<string, Module>) => {
  const problems: Array<Problem> = []
  const done = new Set<string>()
  const visit = (file: string, stack: ReadonlyArray<string>) => {
    const start = stack.indexOf(file)
    if (start >= 0) {
      const ring = [...stack.slice(start), file].join(" -> ")
      problems.push({ file, line: 1, message: `is part of a cycle: ${ring}` })
    }
    if (start >= 0 || done.has(file)) return
    for (const { target } of modules.get(file)?.edges ?? []) {
      if (target !== undefined) visit(target, [...stack, file])
    }
    done.add(file)
  }
  for (const file of modules.keys()) visit(file, [])
  return problems
}

const staleExceptions = (modules: ReadonlyMap<string, Module>, exceptions: ReadonlyArray<Exception>) =>
  exceptions
    .filter(({ file, form }) => !modules.get(file)?.findings.some((finding) => finding.form === form))
    .map(({ file, form }) => ({
      file,
      line: 1,
      message: `has an allowance (${form}) that nothing needs: remove it`
    }))

if (import.meta.main) {
  const { files, problems } = check(process.cwd())
  for (const { file, line, message } of problems) console.error(`${file}:${line} ${message}`)
  console.log(
    `Checked ${files.length} files: ${problems.length === 0 ? "the architecture holds" : `${problems.length} problem(s)`}`
  )
  process.exitCode = problems.length === 0 ? 0 : 1
}
