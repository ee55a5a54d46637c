/** Flags and arguments that the commands with a configuration share, as Hydra's users type them. */
import { Argument, Flag } from "effect/cli"

export const overrides = Argument.String("override").pipe(
  Argument.withDescription(
    "key=value, +key=value, ++key=value, ~key or group=option, e.g. trainer.max_epochs=3 data=receipts"
  ),
  Argument.variadic()
)

export const configDir = Flag.Directory("config-dir").pipe(
  Flag.withDescription("Folder that is searched for configs before the ones that came with anneal (-cd)"),
  Flag.optional
)

export const configPath = Flag.Directory("config-path").pipe(
  Flag.withDescription("Folder of configs instead of ./configs (-cp)"),
  Flag.optional
)

export const configName = Flag.String("config-name").pipe(
  Flag.withDescription("Primary config, without .yaml, instead of the command's name (-cn)"),
  Flag.optional
)

export const cfg = Flag.Literals("cfg", ["job", "plan", "hydra", "all"]).pipe(
  Flag.withDescription("Print the composed configuration and stop"),
  Flag.withAlias("c"),
  Flag.optional
)

export const resolve = Flag.Boolean("resolve").pipe(
  Flag.withDescription("With --cfg: interpolations replaced by their values"),
  Flag.withDefault(false)
)

export const pkg = Flag.String("package").pipe(
  Flag.withDescription("With --cfg: only this part, e.g. trainer"),
  Flag.withAlias("p"),
  Flag.optional
)

export const strict = Flag.Boolean("strict").pipe(
  Flag.withDescription(
    "Refuse what would only be warned of: overrides without effect, shadowed choices, broken pictures"
  ),
  Flag.withDefault(false)
)

export const info = Flag.Literals("info", ["all", "config", "defaults", "defaults-tree", "searchpath"]).pipe(
  Flag.withDescription("Print how the configuration comes to be and stop"),
  Flag.withAlias("i"),
  Flag.optional
)

export const multirun = Flag.Boolean("multirun").pipe(
  Flag.withDescription(
    "Run once for each combination of the overrides' values, e.g. optimizer.lr=0.001,0.002"
  ),
  Flag.withAlias("m"),
  Flag.withDefault(false)
)

/** For commands that remove something. */
export const yes = Flag.Boolean("yes").pipe(
  Flag.withDescription("Do it; without it, what would go is only listed"),
  Flag.withAlias("y"),
  Flag.withDefault(false)
)

/** Which configuration is meant. */
export const source = { overrides, configDir, configPath, configName, strict }

export const configuration = { ...source, cfg, resolve, pkg, info, multirun }

/** Hydra's two-letter short flags, which the parser would read as two flags. */
const shortFlags: { readonly [flag: string]: string } = {
  "-cd": "--config-dir",
  "-cp": "--config-path",
  "-cn": "--config-name"
}

/** The arguments as the parser wants them. */
export const normalise = (args: ReadonlyArray<string>): ReadonlyArray<string> =>
  args.map((arg) => shortFlags[arg] ?? arg)
