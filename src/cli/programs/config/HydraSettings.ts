/** Warns of Hydra's settings of a run that have no effect here, if they are set. Pure. */
import type * as Config from "../../../config/Config.ts"
import * as Default from "../../../config/defaults/Default.ts"
import type * as DefaultsTree from "../../../config/defaults/Tree.ts"
import * as KeyPath from "../../../config/node/KeyPath.ts"
import type { Node } from "../../../config/node/Node.ts"
import { placeOf } from "../../../config/node/Source.ts"
import { KeyUnread, PluginAbsent } from "../../../config/problem/Warning.ts"
import * as HydraPlugins from "../../../config/source/HydraPlugins.ts"

/** A run does not change its working folder or environment, and calls no callbacks: see docs/coming-from-hydra.md. */
const unused: ReadonlyArray<string> = ["job.chdir", "job.env_set", "job.env_copy", "callbacks"]

/** Whether a value asks for something: false, null and empty ones do not. */
const asks = (node: Node): boolean => {
  if (node._tag === "Map") return node.entries.size > 0
  return node._tag === "List" ? node.items.length > 0 : node.value !== null && node.value !== false
}

/** The first value in a mapping, whose place the warning names. */
const firstIn = (node: Node): Node => {
  const [first] = node._tag === "Map" ? node.entries.values() : []
  return first === undefined ? node : firstIn(first)
}

/** Warnings for the chosen config of a Hydra plugin, with what to use instead. */
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

/** All warnings about settings and plugins of Hydra that are asked for. */
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
