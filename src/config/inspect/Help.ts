/** The help text of an application, from the template in its configuration (`hydra.help.template`). */
import * as Effect from "effect/Effect"
import type { Composed } from "../Config.ts"
import { InterpolationsInvalid } from "../interpolation/InterpolationError.ts"
import * as Resolve from "../interpolation/Resolve.ts"
import type { Repository } from "../source/Repository.ts"
import * as YamlWriter from "../yaml/Writer.ts"

/** The template with `$APP_CONFIG_GROUPS`, `$HYDRA_CONFIG_GROUPS` and `$CONFIG` filled in; other names stay. */
export const text = Effect.fn("Help.text")(function* (composed: Composed) {
  const template = yield* templateOf(composed)
  const groups = yield* groupLines(composed.composition.repository, "")
  const isHydra = (line: string) => /^hydra[:/]/.test(line)
  const values: ReadonlyMap<string, string> = new Map([
    ["APP_CONFIG_GROUPS", join(groups.filter((line) => !isHydra(line)))],
    ["HYDRA_CONFIG_GROUPS", join(groups.filter(isHydra))],
    ["CONFIG", YamlWriter.write(composed.config)],
    ["$", "$"]
  ])
  const filled = template.replaceAll(/\$(?:(\$|[A-Z_]+)|\{([A-Z_]+)\})/g, (found, name, braced) => {
    return values.get(name ?? braced) ?? found
  })
  return `${filled}\n`
})

const join = (lines: ReadonlyArray<string>) => lines.map((line) => `${line}\n`).join("")

const templateOf = ({ root, options }: Composed): Effect.Effect<string, InterpolationsInvalid> => {
  const { env, now } = options.runtime
  const found = Resolve.key(
    { root, hydra: root, env, now, resolvers: options.resolvers },
    "hydra.help.template"
  )
  return Effect.mapBoth(found, {
    onSuccess: (result) => (result?.node._tag === "Scalar" ? String(result.node.value) : ""),
    onFailure: (errors) => new InterpolationsInvalid({ errors: [...errors] })
  })
}

/** `group: option, option` for every group that has options, at any depth, sorted. */
const groupLines: (repository: Repository, parent: string) => ReturnType<Repository["options"]> =
  Effect.fnUntraced(function* (repository, parent) {
    const lines: Array<string> = []
    for (const name of yield* repository.groups(parent)) {
      const group = parent === "" ? name : `${parent}/${name}`
      const options = yield* repository.options(group)
      if (options.length > 0) lines.push(`${group}: ${options.join(", ")}`)
      lines.push(...(yield* groupLines(repository, group)))
    }
    return lines
  })
