/** The help text of an application, from the template in its configuration (`hydra.help.template`). */
import { Effect } from "effect"
import { type Config, valueAt, YamlWriter } from "../subject.ts"

type Repository = Config.Composed["composition"]["repository"]

/** The template with `$APP_CONFIG_GROUPS`, `$HYDRA_CONFIG_GROUPS` and `$CONFIG` filled in; other names stay. */
export const text = Effect.fnUntraced(function* (composed: Config.Composed) {
  const found = yield* valueAt(composed, "hydra.help.template")
  const template = found?._tag === "Scalar" ? String(found.value) : ""
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
