/** Checks the files of `src/` against rules such as those in `architecture.ts`. */
import { existsSync, globSync } from "node:fs"
import path from "node:path"
import { type Finding, type Module, read } from "./modules.ts"

/** A folder of `src`, or a file in it. */
export interface Room {
  /** Other rooms that its files may import, whole (`pipeline`) or in part (`config/node`). */
  readonly uses: ReadonlyArray<string>
  /**
   * Its sub-rooms, and which of their siblings these may import. `.` stands for the files beside the sub-rooms, which
   * belong to the room as a whole: only they may use a sub-room and be used by it. Absent: there are no sub-rooms.
   */
  readonly rooms?: Readonly<Record<string, ReadonlyArray<string>>>
}

export interface PackageRule {
  readonly name: RegExp
  readonly load: ReadonlyArray<string>
  readonly types: ReadonlyArray<string>
}

export interface Entry {
  readonly file: string
  readonly never: RegExp
}

export interface Allowance {
  /** A room or a file, from the root on. */
  readonly in: string
  readonly form: Finding["form"]
  readonly why: string
}

export interface Rules {
  readonly rooms: Readonly<Record<string, Room>>
  readonly mostFiles: number
  readonly packages: ReadonlyArray<PackageRule>
  readonly entries: ReadonlyArray<Entry>
  readonly refusals: Readonly<Record<Finding["form"], string>>
  readonly allowances: ReadonlyArray<Allowance>
}

/** Where our rules are. */
const here = "scripts/architecture.ts"

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
export const check = (root: string, rules: Rules): Report => {
  const files = globSync("src/**/*.{ts,mts,cts,tsx}", { cwd: root })
    .map((file) => file.split(path.sep).join("/"))
    .sort()
  const modules = new Map(files.map((file) => [file, read(root, file)]))
  const all = [...modules.values()]
  const problems = [
    ...all.flatMap((module) => [
      ...directionProblems(root, module, rules),
      ...packageProblems(module, rules),
      ...formProblems(module, rules)
    ]),
    ...rules.entries.flatMap(({ file, never }) => entryProblems(modules, file, never)),
    ...crowdedFolders(files, rules),
    ...fileCycles(modules),
    ...roomCircles(rules),
    ...unneededRules(all, rules)
  ]
  if (files.length === 0)
    problems.push({ file: "src", line: 1, message: "holds no TypeScript file to check" })
  return { files, problems: problems.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line) }
}

/** Where a file is: its room in the table, and the sub-room or `.`. */
interface Place {
  readonly room: string
  readonly part: string
}

const isBelow = (name: string, room: string) => name === room || name.startsWith(`${room}/`)

const shown = ({ room, part }: Place) => (part === "." ? room : `${room}/${part}`)

const placeOf = (file: string, { rooms }: Rules): Place | undefined => {
  const name = file.slice("src/".length)
  const room = Object.keys(rooms).find((key) => isBelow(name, key))
  if (room === undefined) return undefined
  const part = path.posix.relative(room, name === room ? name : path.posix.dirname(name)) || "."
  const parts = Object.keys(rooms[room]?.rooms ?? { ".": [] })
  return parts.includes(part) ? { room, part } : undefined
}

const directionProblems = (root: string, { file, edges }: Module, rules: Rules): ReadonlyArray<Problem> => {
  const from = placeOf(file, rules)
  if (from === undefined) {
    const folder = path.posix.dirname(file)
    return [
      { file, line: 1, message: `is in no room: move it to one, or add ${folder} to the rooms in ${here}` }
    ]
  }
  return edges.flatMap(({ target, line }) => {
    const message = target === undefined ? undefined : importProblem(root, from, target, rules)
    return message === undefined ? [] : [{ file, line, message }]
  })
}

const importProblem = (root: string, from: Place, target: string, rules: Rules) => {
  if (target === "package.json") return undefined
  if (!existsSync(path.join(root, target))) return `imports ${target}, which does not exist`
  return target.startsWith("src/")
    ? roomProblem(from, target, rules)
    : `imports ${target}, which lies outside of src`
}

const roomProblem = (from: Place, target: string, rules: Rules) => {
  const to = placeOf(target, rules)
  const { uses, rooms: parts = {} } = rules.rooms[from.room] ?? { uses: [] }
  const siblings = parts[from.part] ?? []
  if (to === undefined || isAllowed(from, to, uses, siblings)) return undefined
  const allowed = [...siblings.map((part) => shown({ room: from.room, part })), ...uses]
  return `imports ${target}: ${shown(from)} may import ${allowed.join(", ") || "no other room"}`
}

const isAllowed = (from: Place, to: Place, uses: ReadonlyArray<string>, siblings: ReadonlyArray<string>) =>
  from.room === to.room
    ? from.part === to.part || siblings.includes(to.part)
    : uses.some((use) => isBelow(shown(to), use))

const packageProblems = ({ file, edges }: Module, rules: Rules): ReadonlyArray<Problem> => {
  const room = placeOf(file, rules)?.room ?? ""
  const isIn = (names: ReadonlyArray<string>) => names.some((name) => isBelow(room, name))
  return edges.flatMap(({ specifier, kind, line }) => {
    const rule = rules.packages.find(({ name }) => name.test(specifier))
    if (rule === undefined || isIn(rule.load)) return []
    if (kind === "type" && isIn(rule.types)) return []
    const may = isIn(rule.types) ? "only use its types (import type)" : "not"
    return [{ file, line, message: `imports ${specifier}: ${room} may ${may}` }]
  })
}

const formProblems = ({ file, findings }: Module, rules: Rules): ReadonlyArray<Problem> =>
  findings
    .filter(({ form }) => !rules.allowances.some((one) => one.form === form && isBelow(file, one.in)))
    .map(({ form, line, detail }) => ({
      file,
      line,
      message: detail === "" ? rules.refusals[form] : `${rules.refusals[form]}: ${detail}`
    }))

/** Follows what is loaded at once, so neither types nor `import()`, and shows the way to what must not be loaded. */
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

const crowdedFolders = (files: ReadonlyArray<string>, { mostFiles: most }: Rules): ReadonlyArray<Problem> =>
  Object.entries(Object.groupBy(files, (file) => path.posix.dirname(file))).flatMap(([folder, held = []]) =>
    held.length <= most
      ? []
      : [
          {
            file: folder,
            line: 1,
            message: `holds ${held.length} files, more than ${most}: merge fragments, or make sub-rooms`
          }
        ]
  )

/** The circles of a graph, each as the way from a node back to itself. */
const circlesIn = (
  nodes: Iterable<string>,
  next: (node: string) => ReadonlyArray<string>
): ReadonlyArray<ReadonlyArray<string>> => {
  const circles: Array<ReadonlyArray<string>> = []
  const done = new Set<string>()
  const visit = (node: string, stack: ReadonlyArray<string>) => {
    const start = stack.indexOf(node)
    if (start >= 0) circles.push([...stack.slice(start), node])
    if (start >= 0 || done.has(node)) return
    for (const other of next(node)) visit(other, [...stack, node])
    done.add(node)
  }
  for (const node of nodes) visit(node, [])
  return circles
}

/** Types and lazy imports count as well: they couple two files just as much. */
const fileCycles = (modules: ReadonlyMap<string, Module>): ReadonlyArray<Problem> =>
  circlesIn(modules.keys(), (file) =>
    (modules.get(file)?.edges ?? []).flatMap(({ target }) => (target === undefined ? [] : [target]))
  ).map((ring) => ({ file: ring[0] ?? "", line: 1, message: `is part of a cycle: ${ring.join(" -> ")}` }))

const wrongRule = (message: string): Problem => ({ file: here, line: 1, message })

const roomCircles = ({ rooms }: Rules): ReadonlyArray<Problem> => {
  const names = Object.keys(rooms)
  const usedBy = (room: string) =>
    (rooms[room]?.uses ?? []).flatMap((use) =>
      names.filter((name) => isBelow(name, use) || isBelow(use, name))
    )
  const within = Object.entries(rooms).flatMap(([room, { rooms: parts = {} }]) =>
    circlesIn(Object.keys(parts), (part) =>
      part === "." ? [] : (parts[part] ?? []).filter((other) => other !== ".")
    ).map((ring) => ring.map((part) => shown({ room, part })))
  )
  return [...circlesIn(names, usedBy), ...within].map((ring) =>
    wrongRule(`lets rooms use each other in a circle: ${ring.join(" -> ")}`)
  )
}

/** A rule that the code does not need would later permit something without a decision. */
const unneededRules = (modules: ReadonlyArray<Module>, rules: Rules): ReadonlyArray<Problem> =>
  [
    ...unneededDirections(modules, rules),
    ...unneededPackages(modules, rules),
    ...unneededForms(modules, rules)
  ].map((what) => wrongRule(`has a rule that nothing needs, remove it: ${what}`))

const unneededDirections = (modules: ReadonlyArray<Module>, rules: Rules): ReadonlyArray<string> => {
  const places = modules.flatMap(({ file, edges }) => {
    const from = placeOf(file, rules)
    if (from === undefined) return []
    const targets = edges.flatMap(({ target }) => (target === undefined ? [] : [placeOf(target, rules)]))
    return [{ from, targets: targets.filter((place) => place !== undefined) }]
  })
  return Object.entries(rules.rooms).flatMap(([room, { uses, rooms: parts = { ".": [] } }]) => {
    const files = places.filter(({ from }) => from.room === room)
    const unused = uses
      .filter((use) => !files.some(({ targets }) => targets.some((to) => isBelow(shown(to), use))))
      .map((use) => `${room} uses ${use}`)
    const inside = Object.entries(parts).flatMap(([part, siblings]) => {
      const own = files.filter(({ from }) => from.part === part)
      if (own.length === 0) return [`the room ${shown({ room, part })}, which has no file`]
      const isUsed = (sibling: string) =>
        own.some(({ targets }) => targets.some((to) => to.room === room && to.part === sibling))
      return siblings
        .filter((sibling) => !isUsed(sibling))
        .map((sibling) => `${shown({ room, part })} uses ${shown({ room, part: sibling })}`)
    })
    return [...unused, ...inside]
  })
}

const unneededPackages = (modules: ReadonlyArray<Module>, rules: Rules): ReadonlyArray<string> => {
  const edges = modules.flatMap((module) => {
    const room = placeOf(module.file, rules)?.room ?? ""
    return module.edges.map(({ specifier, kind }) => ({ room, specifier, isType: kind === "type" }))
  })
  return rules.packages.flatMap(({ name, load, types }) => {
    const missing = (rooms: ReadonlyArray<string>, isType: boolean) =>
      rooms
        .filter(
          (room) =>
            !edges.some(
              (edge) => isBelow(edge.room, room) && edge.isType === isType && name.test(edge.specifier)
            )
        )
        .map((room) => `${room} ${isType ? "uses types of" : "loads"} ${name}`)
    return [...missing(load, false), ...missing(types, true)]
  })
}

const unneededForms = (modules: ReadonlyArray<Module>, rules: Rules): ReadonlyArray<string> => [
  ...rules.allowances
    .filter(
      (one) =>
        !modules.some(
          ({ file, findings }) => isBelow(file, one.in) && findings.some(({ form }) => form === one.form)
        )
    )
    .map((one) => `${one.in} may have: ${one.form}`),
  ...rules.entries
    .filter(({ file }) => !modules.some((module) => module.file === file))
    .map(({ file }) => `the entry ${file}, which does not exist`)
]
