/** The files that a run leaves in its working directory, from the configuration of the run: `.hydra` and the log. */
import { Effect } from "effect"
import { type Config, type Node, Resolve } from "../subject.ts"
import type { Context } from "../Vector.ts"
import { put } from "./compose.ts"
import { now } from "./interp.ts"

const masked = (file: string) => file.replace(/\d{4}-\d\d-\d\d\/\d\d-\d\d-\d\d/, "<DATE>/<TIME>")

/** Relative paths, dates and times masked as in the vectors; a run elsewhere leaves nothing here. */
export const filesOf = Effect.fnUntraced(
  function* (composed: Config.Composed, { env }: Context) {
    const textAt = Effect.fnUntraced(function* (root: Node.Node, key: string) {
      const hydra = root._tag === "Map" ? root : undefined
      const found = yield* Resolve.key({ root, hydra, env: Object.fromEntries(env), now }, key)
      return found?.node._tag === "Scalar" && typeof found.node.value === "string"
        ? found.node.value
        : undefined
    })
    const directory = yield* textAt(composed.root, "hydra.run.dir")
    if (directory === undefined || directory.startsWith("/")) return []
    const started = put(composed.root, ["hydra", "runtime", "output_dir"], directory)
    const subfolder = yield* textAt(started, "hydra.output_subdir")
    const log = yield* textAt(started, "hydra.job_logging.handlers.file.filename")
    const records =
      subfolder === undefined
        ? []
        : ["config", "hydra", "overrides"].map((name) => `${directory}/${subfolder}/${name}.yaml`)
    return [...records, ...(log === undefined ? [] : [log])].map(masked)
  },
  Effect.mapError(({ errors }) => errors[0] ?? { _tag: "none", message: "no error" })
)
