/** Random config trees with overrides, most of which compose. */
import type { Random } from "./Random.ts"

export interface Case {
  /** Texts by path below the config folder, without `.yaml`. */
  readonly files: Readonly<Record<string, string>>
  readonly config: string
  readonly overrides: ReadonlyArray<string>
}

const groups = ["g0", "g1", "g2", "g0/sub", "g1/deep/leaf"] as const
const options = ["o0", "o1", "o2"] as const
const keys = ["a", "b", "c", "d"] as const

/** A tree: options in groups, some configs outside, a primary config; each names only what comes later in this order. */
export const tree = (random: Random): Case => {
  const names = [
    "config",
    ...groups.flatMap((group) => options.map((option) => `${group}/${option}`)),
    "base",
    "extra"
  ]
  const files: Record<string, string> = {}
  for (const [index, name] of names.entries()) files[name] = text(random, name, names.slice(index + 1))
  return { files, config: "config", overrides: overrides(random) }
}

const text = (random: Random, name: string, later: ReadonlyArray<string>): string => {
  const primary = name === "config"
  const lines = [
    header(random, primary),
    defaults(random, name, later, primary ? 0.95 : 0.3),
    mapping(random, 0, 0)
  ]
  if (primary && random.chance(0.15)) lines.push(hydra(random))
  return lines.filter((line) => line !== "").join("\n") || "{}"
}

const header = (random: Random, primary: boolean): string => {
  if (random.chance(primary ? 0.97 : 0.75)) return ""
  return random.pick([
    "# @package _global_",
    "# @package pkg",
    "#@package pkg.inner",
    "# @package _global_.top",
    "\n# @package   pkg",
    "# a comment\n# @package _global_",
    "# @package _group_"
  ])
}

const defaults = (
  random: Random,
  name: string,
  later: ReadonlyArray<string>,
  probability: number
): string => {
  if (!random.chance(probability)) return ""
  const items: Array<string> = []
  const count = random.pick([1, 1, 1, 2, 2, 3])
  for (let index = 0; index < count; index += 1) items.push(item(random, name, later))
  if (random.chance(0.6)) items.splice(random.below(items.length + 1), 0, "_self_")
  if (random.chance(0.08)) items.push(`override ${reference(random, name, later)}`)
  return `defaults:\n${items.map((entry) => `  - ${entry}`).join("\n")}`
}

const optionsOf = (group: string, later: ReadonlyArray<string>): ReadonlyArray<string> =>
  later
    .filter((name) => name.startsWith(`${group}/`) && !name.slice(group.length + 1).includes("/"))
    .map((name) => name.slice(group.length + 1))

/** A group that still has options to come, so that most lists compose. */
const groupFor = (random: Random, later: ReadonlyArray<string>): (typeof groups)[number] => {
  const open = groups.filter((group) => optionsOf(group, later).length > 0)
  const [first, ...rest] = open
  return first === undefined || random.chance(0.03) ? random.pick(groups) : random.pick([first, ...rest])
}

const reference = (random: Random, name: string, later: ReadonlyArray<string>): string => {
  const group = groupFor(random, later)
  const folder = name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : ""
  const inside = folder !== "" && group.startsWith(`${folder}/`)
  const path = inside ? group.slice(folder.length + 1) : fromRoot(random, folder, group)
  const [first, ...rest] = optionsOf(group, later)
  const known = first === undefined ? "null" : random.pick([first, ...rest])
  return `${path}${pkg(random)}: ${option(random, known)}`
}

const fromRoot = (random: Random, folder: string, group: string): string =>
  folder === "" && random.chance(0.8) ? group : `/${group}`

const pkg = (random: Random): string =>
  random.chance(0.75)
    ? ""
    : random.pick(["@pkg", "@_here_", "@_global_", "@_group_", "@pkg.inner", "@_global_.top", "@a", "@a.b"])

const option = (random: Random, known: string): string => {
  if (random.chance(0.88)) return known
  return random.pick([
    "null",
    `[${known}]`,
    `[${known}, ${known}]`,
    "null",
    "${g0}",
    "${g1}",
    "o2",
    "o2",
    random.pick(["nope", "???"])
  ])
}

const item = (random: Random, name: string, later: ReadonlyArray<string>): string => {
  const roll = random.next()
  if (roll < 0.78) return reference(random, name, later)
  if (roll < 0.86) return `optional ${reference(random, name, later)}`
  const [first, ...rest] = later
  if (first === undefined) return "/base"
  return `/${random.pick([first, ...rest])}${pkg(random)}`
}

const scalars = [
  "1",
  "2",
  "-3",
  "010",
  "1e3",
  "1e-3",
  "2.50",
  "yes",
  "Off",
  "null",
  "~",
  "text",
  "'quoted'",
  '"double"',
  "???",
  "2024-01-01",
  "1_000",
  "0x1F",
  "1:30",
  "[1, 2, x]",
  "[]",
  "{}",
  "{a: 5}",
  "{c: {d: 1}}",
  "${a}",
  "${b.a}",
  "'${.b}'",
  "'${..c}'",
  "x-${a}-y",
  "${oc.env:HOME_DIR,none}",
  "${oc.env:USER}",
  "${oc.select:nope,7}",
  "'${oc.decode:\"[1, b]\"}'",
  "${g0.a}",
  "${oc.create:[1,2]}",
  "${oc.dict.keys:b}",
  "${missing.key}",
  "[1, '${a}']"
] as const

const mapping = (random: Random, depth: number, indent: number): string => {
  const lines: Array<string> = []
  for (const key of keys) {
    if (!random.chance(depth === 0 ? 0.45 : 0.4)) continue
    const start = `${" ".repeat(indent)}${key}:`
    if (depth < 2 && random.chance(0.35)) {
      const inner = mapping(random, depth + 1, indent + 2)
      lines.push(inner === "" ? `${start} {}` : `${start}\n${inner}`)
    } else lines.push(`${start} ${random.pick(scalars)}`)
  }
  return lines.join("\n")
}

const hydra = (random: Random): string =>
  random.pick([
    "hydra:\n  run:\n    dir: out/${a}",
    "hydra:\n  job:\n    name: named\n    chdir: yes",
    "hydra:\n  searchpath:\n    - more",
    "hydra:\n  sweep: {dir: s, subdir: 3}",
    "hydra:\n  mode: MULTIRUN",
    "hydra:\n  verbose: [a, b]",
    "hydra:\n  callbacks: {one: {_target_: x}}",
    "hydra:\n  nope: 1",
    "hydra:\n  job: {num: x}"
  ])

const overrides = (random: Random): ReadonlyArray<string> => {
  const count = random.pick([0, 0, 0, 1, 1, 2])
  const list: Array<string> = []
  for (let index = 0; index < count; index += 1) list.push(override(random))
  return list
}

const dotted = (random: Random): string => {
  const parts: Array<string> = []
  if (random.chance(0.3)) parts.push(random.pick(["g0", "g1", "pkg", "top", "g0.sub"]))
  parts.push(random.pick(keys))
  while (random.chance(0.35)) parts.push(random.pick(keys))
  return parts.join(".")
}

const values = [
  "1",
  "2.0",
  "1e3",
  "true",
  "null",
  "text",
  "'it'",
  "[1,2]",
  "[]",
  "{a:1}",
  "{z:{y:2}}",
  "${a}",
  "",
  "???",
  "1e-3",
  "a b"
] as const

const override = (random: Random): string => {
  const roll = random.next()
  const group = random.pick(groups)
  const at = random.chance(0.2) ? random.pick(["@pkg", "@_global_", "@pkg.inner", "@a"]) : ""
  const choice = random.pick(["o0", "o1", "o2", "o0", "o1", "[o0]", "[o0,o1]", random.pick(["nope", "null"])])
  if (roll < 0.2) return `${group}${at}=${choice}`
  if (roll < 0.32) return `+${group}${at}=${choice}`
  if (roll < 0.37) return `~${group}${random.chance(0.3) ? "=o0" : ""}`
  const key = dotted(random)
  if (roll < 0.55) return `${key}=${random.pick(values)}`
  if (roll < 0.7) return `+${key}=${random.pick(values)}`
  if (roll < 0.82) return `++${key}=${random.pick(values)}`
  if (roll < 0.9) return `~${key}`
  if (roll < 0.93) return `~${key}=${random.pick(values)}`
  return random.pick([
    "hydra.run.dir=x/${a}",
    "+hydra.extra=1",
    "hydra.job.name=5",
    "hydra.job.num=2",
    "hydra.job.chdir=maybe",
    "hydra.searchpath=[more]",
    "hydra/job_logging=none",
    "hydra/launcher=nope",
    "hydra.callbacks={x:{a:1}}",
    "+hydra.job.env_set.A=1",
    "hydra.verbose=true",
    "hydra.mode=RUN",
    "~hydra.run.dir",
    "hydra.output_subdir=null"
  ])
}
