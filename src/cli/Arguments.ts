/** Flags and arguments that the commands with a configuration share, named as in Hydra. */
import { Argument, Flag } from "effect/cli"

export const overrides = Argument.String("override").pipe(
  Argument.withDescription(
    "key=value, +key=value, ++key=value, ~key or group=option, e.g. trainer.max_epochs=3 data=receipts"
  ),
  Argument.variadic()
)

export const configDir = Flag.Directory("config-dir").pipe(
  Flag.withDescription("Another folder of configs, searched before the configs of the package (-cd)"),
  Flag.optional
)

export const configPath = Flag.Directory("config-path").pipe(
  Flag.withDescription("Folder of configs to use instead of ./configs (-cp)"),
  Flag.optional
)

export const configName = Flag.String("config-name").pipe(
  Flag.withDescription("Name of the primary config, without .yaml; by default the name of the command (-cn)"),
  Flag.optional
)

export const cfg = Flag.Literals("cfg", ["job", "plan", "hydra", "all"]).pipe(
  Flag.withDescription("Print the composed configuration and stop"),
  Flag.withAlias("c"),
  Flag.optional
)

export const resolve = Flag.Boolean("resolve").pipe(
  Flag.withDescription("With --cfg, replace interpolations by their values"),
  Flag.withDefault(false)
)

export const pkg = Flag.String("package").pipe(
  Flag.withDescription("With --cfg, print only this part, e.g. trainer"),
  Flag.withAlias("p"),
  Flag.optional
)

export const strict = Flag.Boolean("strict").pipe(
  Flag.withDescription(
    "Treat warnings as errors: overrides without effect, shadowed choices, broken pictures"
  ),
  Flag.withDefault(false)
)

export const info = Flag.Literals("info", ["all", "config", "defaults", "defaults-tree", "searchpath"]).pipe(
  Flag.withDescription("Print how the configuration was composed and stop"),
  Flag.withAlias("i"),
  Flag.optional
)

export const multirun = Flag.Boolean("multirun").pipe(
  Flag.withDescription("Run once for each combination of values, e.g. optimizer.lr=0.001,0.002"),
  Flag.withAlias("m"),
  Flag.withDefault(false)
)

/** Refuses numbers below `least`. */
export const atLeast =
  (least: number) =>
  (flag: Flag.Flag<number>): Flag.Flag<number> =>
    Flag.filter(
      flag,
      (value) => value >= least,
      (value) => `Expected ${least} or more, got ${value}`
    )

/** For commands that remove something; without it they only list what they would remove. */
export const yes = Flag.Boolean("yes").pipe(
  Flag.withDescription("Remove; without this flag, only list what would be removed"),
  Flag.withAlias("y"),
  Flag.withDefault(false)
)

/** Which configuration to compose. */
export const source = { overrides, configDir, configPath, configName, strict }

export const configuration = { ...source, cfg, resolve, pkg, info, multirun }

/** Hydra's short flags of two letters, which the parser would read as two flags. */
const shortFlags: { readonly [flag: string]: string } = {
  "-cd": "--config-dir",
  "-cp": "--config-path",
  "-cn": "--config-name"
}

/** The arguments as the parser expects them. */
export const normalise = (args: ReadonlyArray<string>): ReadonlyArray<string> =>
  args.map((arg) => shortFlags[arg] ?? arg)
