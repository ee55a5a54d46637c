/** Settings of a run in Hydra that mean nothing here: asked for, they are warned of rather than ignored. Pure. */
import type * as Config from "../../../config/Config.ts"
import * as Default from "../../../config/defaults/Default.ts"
import type * as DefaultsTree from "../../../config/defaults/Tree.ts"
import * as KeyPath from "../../../config/node/KeyPath.ts"
import type { Node } from "../../../config/node/Node.ts"
import { placeOf } from "../../../config/node/Source.ts"
import { KeyUnread, PluginAbsent } from "../../../config/problem/Warning.ts"
import * as HydraPlugins from "../../../config/source/HydraPlugins.ts"

/** A run keeps the working folder, starts no callbacks and changes no environment: see docs/coming-from-hydra.md. */
const unused: ReadonlyArray<string> = ["job.chdir", "job.env_set", "job.env_copy", "callbacks"]

/** False, null and what is empty ask for nothing. */
const asks = (node: Node): boolean => {
  if (node._tag === "Map") return node.entries.size > 0
  return node._tag === "List" ? node.items.length > 0 : node.value !== null && node.value !== false
}

/** The first value in a mapping: its place is where somebody asked. */
const firstIn = (node: Node): Node => {
  const [first] = node._tag === "Map" ? node.entries.values() : []
  return first === undefined ? node : firstIn(first)
}

/** What a plugin of Hydra would have done. */
const absent = ({ config, decision, entry }: DefaultsTree.ResultDefault): ReadonlyArray<Config.Warning> => {
  const instead = HydraPlugins.find(config)?.instead
  if (instead === undefined) return []
  const slash = config.lastIndexOf("/")
  const origin = entry.origin ?? { _tag: "Computed", by: config }
  return [
    new PluginAbsent({
      choice: `${config.slice(0, slash)}=${config.slice(slash + 1)}`,
      place: Default.decidedAt(decision) ?? placeOf(origin),
      instead
    })
  ]
}

/** A warning for each of them that somebody asks for. */
export const warnings = (composed: Config.Composed): ReadonlyArray<Config.Warning> => [
  ...composed.composition.defaults.list.flatMap(absent),
  ...unusedIn(composed)
]

const unusedIn = ({ hydra }: Config.Composed): ReadonlyArray<Config.Warning> =>
  unused.flatMap((key) => {
    const node = KeyPath.find(hydra, key)
    if (node === undefined || !asks(node)) return []
    return [new KeyUnread({ key: `hydra.${key}`, place: placeOf(firstIn(node).origin, "key") })]
  })
