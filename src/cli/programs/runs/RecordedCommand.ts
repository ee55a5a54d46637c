/** What a run's recorded command line said beside its overrides: where its configuration was looked for. Pure. */
import * as Option from "effect/Option"
import * as Arguments from "../../Arguments.ts"

const names = ["--config-dir", "--config-path", "--config-name"] as const
type Name = (typeof names)[number]

export interface Flags {
  readonly configDir: Option.Option<string>
  readonly configPath: Option.Option<string>
  readonly configName: Option.Option<string>
}

/** `--config-name mine` and `--config-name=mine`; the last of several counts. */
const valueOf = (name: Name, command: ReadonlyArray<string>): Option.Option<string> => {
  const prefix = `${name}=`
  const at = command.findLastIndex((word) => word === name || word.startsWith(prefix))
  const word = command[at]
  if (word === undefined) return Option.none()
  return Option.fromUndefinedOr(word === name ? command[at + 1] : word.slice(prefix.length))
}

/** The flags of `command` as values, and as words to be typed again. */
export const flags = (
  command: ReadonlyArray<string>
): { readonly input: Flags; readonly words: ReadonlyArray<string> } => {
  const normal = Arguments.normalise(command)
  const [configDir, configPath, configName] = names.map((name) => valueOf(name, normal))
  const input = {
    configDir: configDir ?? Option.none(),
    configPath: configPath ?? Option.none(),
    configName: configName ?? Option.none()
  }
  const values = [input.configDir, input.configPath, input.configName]
  return {
    input,
    words: names.flatMap((name, i) => {
      const value = values[i] ?? Option.none()
      return Option.isSome(value) ? [name, value.value] : []
    })
  }
}
