/**
 * The configuration of the run itself: what Hydra calls the `hydra` node, with the groups `hydra/…` that fill it.
 *
 * Names, types and values are those of Hydra 1.3, so that `hydra.run.dir`, `hydra/job_logging=disabled` and the files
 * in `.hydra/` mean what they mean there.
 */

import { type KeyId, type MapNode, map, type Node, scalar } from "../node/Node.ts"
import * as Plain from "../node/Plain.ts"
import type { Origin } from "../node/Source.ts"
import {
  any,
  bool,
  dict,
  enumeration,
  int,
  list,
  optional,
  type Struct,
  str,
  struct,
  type Type
} from "../node/Type.ts"
import * as HydraPlugins from "./HydraPlugins.ts"

/** One config of the tree, as a file would have it. */
export interface BuiltIn {
  readonly defaults: ReadonlyArray<Readonly<Record<string, string | null>>>
  readonly package: string | undefined
  readonly node: MapNode
}

const runMode = enumeration("RunMode", [
  ["RUN", 1n],
  ["MULTIRUN", 2n]
])

const help = struct("HelpConf", { app_name: str, header: str, footer: str, template: str })
const hydraHelp = struct("HydraHelpConf", { hydra_help: str, template: str })
const runDir = struct("RunDir", { dir: str })
const sweepDir = struct("SweepDir", { dir: str, subdir: str })
const overrides = struct("OverridesConf", { hydra: list(str), task: list(str) })
const overrideDirname = struct("OverrideDirname", { kv_sep: str, item_sep: str, exclude_keys: list(str) })
const jobConfig = struct("JobConfig", { override_dirname: overrideDirname })
const job = struct("JobConf", {
  name: str,
  chdir: optional(bool),
  override_dirname: str,
  id: str,
  num: int,
  config_name: optional(str),
  env_set: dict(str, str),
  env_copy: list(str),
  config: jobConfig
})
const configSource = struct("ConfigSourceInfo", { path: str, schema: str, provider: str })
const runtime = struct("RuntimeConf", {
  version: str,
  version_base: str,
  cwd: str,
  config_sources: list(configSource),
  output_dir: str,
  choices: dict(str, any)
})
const hydra = struct("HydraConf", {
  mode: optional(runMode),
  searchpath: list(str),
  run: runDir,
  sweep: sweepDir,
  hydra_logging: dict(str, any),
  job_logging: dict(str, any),
  sweeper: any,
  launcher: any,
  callbacks: dict(str, any),
  help,
  hydra_help: hydraHelp,
  output_subdir: optional(str),
  overrides,
  job,
  runtime,
  verbose: any
})

type Values = { readonly [key: string]: Plain.Input }

/** A struct's node: the given values, everything else missing. */
const typed = (type: Struct, values: Values, origin: Origin): MapNode => {
  const entries = new Map<KeyId, Node>()
  for (const [name, field] of Object.entries(type.fields))
    entries.set(name, fieldNode(field, values[name], origin))
  return map(entries, origin, undefined, type)
}

const fieldNode = (type: Type, value: Plain.Input | undefined, origin: Origin): Node => {
  if (type._tag === "Struct") return typed(type, isValues(value) ? value : {}, origin)
  return value === undefined ? scalar("???", origin, type) : { ...Plain.toNode(value, origin), type }
}

const isValues = (value: Plain.Input | undefined): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const logging = (
  format: string,
  root: Plain.Input,
  rest: Readonly<Record<string, Plain.Input>>
): Plain.Input => ({
  version: 1,
  formatters: { simple: { format } },
  handlers: { console: { class: "logging.StreamHandler", formatter: "simple", stream: "ext://sys.stdout" } },
  root,
  ...rest
})

const silent: Plain.Input = { version: 1, root: null, disable_existing_loggers: false }
const disabled: Plain.Input = { version: 1, root: { level: "ERROR" }, disable_existing_loggers: true }
const console_: Plain.Input = { level: "INFO", handlers: ["console"] }
const stamped = "[%(asctime)s][%(name)s][%(levelname)s] - %(message)s"

const plainConfigs: Readonly<Record<string, Plain.Input>> = {
  "hydra/env/default": {},
  "hydra/output/default": {
    run: { dir: "outputs/${now:%Y-%m-%d}/${now:%H-%M-%S}" },
    sweep: { dir: "multirun/${now:%Y-%m-%d}/${now:%H-%M-%S}", subdir: "${hydra.job.num}" }
  },
  "hydra/help/default": {
    app_name: "${hydra.job.name}",
    header: "${hydra.help.app_name} is powered by Hydra.\n",
    footer: "Powered by Hydra (https://hydra.cc)\nUse --hydra-help to view Hydra specific help\n",
    template: [
      "${hydra.help.header}",
      "== Configuration groups ==",
      "Compose your configuration from those groups (group=option)",
      "",
      "$APP_CONFIG_GROUPS",
      "",
      "== Config ==",
      "Override anything in the config (foo.bar=value)",
      "",
      "$CONFIG",
      "",
      "${hydra.help.footer}",
      ""
    ].join("\n")
  },
  "hydra/hydra_help/default": {
    template: [
      "Hydra (${hydra.runtime.version})",
      "See https://hydra.cc for more info.",
      "",
      "== Flags ==",
      "$FLAGS_HELP",
      "",
      "== Configuration groups ==",
      "Compose your configuration from those groups (For example, append hydra/job_logging=disabled to command line)",
      "",
      "$HYDRA_CONFIG_GROUPS",
      "",
      "Use '--cfg hydra' to Show the Hydra config.",
      ""
    ].join("\n")
  },
  "hydra/hydra_logging/default": logging("[%(asctime)s][HYDRA] %(message)s", console_, {
    loggers: { logging_example: { level: "DEBUG" } },
    disable_existing_loggers: false
  }),
  "hydra/hydra_logging/disabled": disabled,
  "hydra/hydra_logging/none": silent,
  "hydra/hydra_logging/hydra_debug": {
    version: 1,
    formatters: { simple: { format: stamped } },
    handlers: {
      file: {
        class: "logging.FileHandler",
        mode: "w",
        formatter: "simple",
        filename: "hydra-${hydra.job.name}.log",
        delay: true
      }
    },
    root: { level: "ERROR", handlers: ["file"] },
    loggers: { hydra: { level: "DEBUG" } },
    disable_existing_loggers: false
  },
  "hydra/job_logging/default": {
    version: 1,
    formatters: { simple: { format: stamped } },
    handlers: {
      console: { class: "logging.StreamHandler", formatter: "simple", stream: "ext://sys.stdout" },
      file: {
        class: "logging.FileHandler",
        formatter: "simple",
        filename: "${hydra.runtime.output_dir}/${hydra.job.name}.log"
      }
    },
    root: { level: "INFO", handlers: ["console", "file"] },
    disable_existing_loggers: false
  },
  "hydra/job_logging/disabled": disabled,
  "hydra/job_logging/none": silent,
  "hydra/job_logging/stdout": logging("%(message)s", console_, { disable_existing_loggers: false })
}

const launcher = struct("BasicLauncherConf", { _target_: str })
const sweeper = struct("BasicSweeperConf", {
  _target_: str,
  max_batch_size: optional(int),
  params: optional(dict(str, str))
})

const structConfigs: Readonly<Record<string, readonly [Struct, Values]>> = {
  "hydra/launcher/basic": [
    launcher,
    { _target_: "hydra._internal.core_plugins.basic_launcher.BasicLauncher" }
  ],
  "hydra/sweeper/basic": [
    sweeper,
    {
      _target_: "hydra._internal.core_plugins.basic_sweeper.BasicSweeper",
      max_batch_size: null,
      params: null
    }
  ],
  "hydra/config": [
    hydra,
    {
      mode: null,
      searchpath: [],
      callbacks: {},
      output_subdir: ".hydra",
      overrides: { hydra: [], task: [] },
      job: {
        chdir: null,
        env_set: {},
        env_copy: [],
        config: { override_dirname: { kv_sep: "=", item_sep: ",", exclude_keys: [] } }
      },
      runtime: { choices: {} },
      verbose: false
    }
  ]
}

const defaults: BuiltIn["defaults"] = [
  { output: "default" },
  { launcher: "basic" },
  { sweeper: "basic" },
  { help: "default" },
  { hydra_help: "default" },
  { hydra_logging: "default" },
  { job_logging: "default" },
  { callbacks: null },
  { env: "default" }
]

/** The names of the configs that are offered, such as `hydra/job_logging/default`. */
export const names: ReadonlyArray<string> = [...Object.keys(plainConfigs), ...Object.keys(structConfigs)]

/** Whether there is a config of that name; those of plugins are known but not offered. */
export const has = (name: string): boolean => names.includes(name) || HydraPlugins.names.includes(name)

/** Every group, such as `hydra/sweeper/sampler`; "" is the root. */
export const groups: ReadonlySet<string> = new Set([
  "",
  ...[...names, ...HydraPlugins.names].flatMap((name) => {
    const parts = name.split("/").slice(0, -1)
    return parts.map((_, index) => parts.slice(0, index + 1).join("/"))
  })
])

/** The config of that name. */
export const find = (name: string): BuiltIn | undefined => {
  const origin: Origin = { _tag: "Computed", by: `the built-in config ${name}` }
  const struct = Object.hasOwn(structConfigs, name) ? structConfigs[name] : undefined
  return struct === undefined ? findPlain(name, origin) : structured(name, struct, origin)
}

const structured = (name: string, [type, values]: readonly [Struct, Values], origin: Origin): BuiltIn => ({
  defaults: name === "hydra/config" ? defaults : [],
  package: undefined,
  node: typed(type, values, origin)
})

const findPlain = (name: string, origin: Origin): BuiltIn | undefined => {
  const { defaults, values } = HydraPlugins.find(name) ?? { defaults: [], values: plainValues(name) }
  const node = values === undefined ? undefined : Plain.toNode(values, origin)
  if (node?._tag !== "Map") return undefined
  return { defaults, package: name === "hydra/output/default" ? "hydra" : undefined, node }
}

const plainValues = (name: string): Plain.Input | undefined =>
  Object.hasOwn(plainConfigs, name) ? plainConfigs[name] : undefined
