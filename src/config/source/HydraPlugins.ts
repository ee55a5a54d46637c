/**
 * The configs of Hydra's common plugins: projects that name them compose without the plugins.
 *
 * The values are those of the plugins, so that overrides of them mean something; nothing here reads them.
 */
import type * as Plain from "../node/Plain.ts"

type Values = Readonly<Record<string, Plain.Input>>

export interface Plugin {
  readonly defaults: ReadonlyArray<Readonly<Record<string, string>>>
  readonly values: Values
  /** What happens instead; undefined for a part of a plugin, which needs no warning of its own. */
  readonly instead: string | undefined
}

const sweeper = (target: string, values: Values, defaults: Plugin["defaults"] = []): Plugin => ({
  defaults,
  values: { _target_: `hydra_plugins.${target}`, ...values },
  instead: "a sweep (--multirun) runs every combination of its values and does not search"
})

const launcher = (target: string, values: Values): Plugin => ({
  defaults: [],
  values: { _target_: `hydra_plugins.${target}`, ...values },
  instead: "the runs of a sweep run one after the other on this machine"
})

const sampler = (name: string, values: Values = {}): Plugin => ({
  defaults: [],
  values: { _target_: `optuna.samplers.${name}Sampler`, ...values },
  instead: undefined
})

const logging = (values: Values): Plugin => ({
  defaults: [],
  values: { version: 1, ...values, disable_existing_loggers: false },
  instead: "terminal output already has its own colours"
})

const colors = "colorlog.ColoredFormatter"
const time = "[%(cyan)s%(asctime)s%(reset)s]"
const console_ = { class: "logging.StreamHandler", formatter: "colorlog", stream: "ext://sys.stdout" }

const queue: Values = {
  submitit_folder: "${hydra.sweep.dir}/.submitit/%j",
  timeout_min: 60,
  cpus_per_task: null,
  gpus_per_node: null,
  tasks_per_node: 1,
  mem_gb: null,
  nodes: 1,
  name: "${hydra.job.name}",
  stderr_to_stdout: false
}

const plugins: Readonly<Record<string, Plugin>> = {
  "hydra/hydra_logging/colorlog": logging({
    formatters: { colorlog: { "()": colors, format: `${time}[%(purple)sHYDRA%(reset)s] %(message)s` } },
    handlers: { console: console_ },
    root: { level: "INFO", handlers: ["console"] }
  }),
  "hydra/job_logging/colorlog": logging({
    formatters: {
      simple: { format: "[%(asctime)s][%(name)s][%(levelname)s] - %(message)s" },
      colorlog: {
        "()": colors,
        format: `${time}[%(blue)s%(name)s%(reset)s][%(log_color)s%(levelname)s%(reset)s] - %(message)s`,
        log_colors: { DEBUG: "purple", INFO: "green", WARNING: "yellow", ERROR: "red", CRITICAL: "red" }
      }
    },
    handlers: {
      console: console_,
      file: { class: "logging.FileHandler", formatter: "simple", filename: "${hydra.job.name}.log" }
    },
    root: { level: "INFO", handlers: ["console", "file"] }
  }),
  "hydra/sweeper/optuna": sweeper(
    "hydra_optuna_sweeper.optuna_sweeper.OptunaSweeper",
    {
      direction: "minimize",
      storage: null,
      study_name: null,
      n_trials: 20,
      n_jobs: 2,
      max_failure_rate: 0,
      search_space: null,
      params: null,
      custom_search_space: null
    },
    [{ sampler: "tpe" }]
  ),
  "hydra/sweeper/sampler/tpe": sampler("TPE", { seed: null, n_startup_trials: 10, n_ei_candidates: 24 }),
  "hydra/sweeper/sampler/random": sampler("Random", { seed: null }),
  "hydra/sweeper/sampler/cmaes": sampler("CmaEs", { seed: null, x0: null, sigma0: null }),
  "hydra/sweeper/sampler/nsgaii": sampler("NSGAII", { seed: null, population_size: 50 }),
  "hydra/sweeper/sampler/motpe": sampler("MOTPE", { seed: null, n_startup_trials: 10 }),
  "hydra/sweeper/sampler/grid": sampler("Grid"),
  "hydra/sweeper/ax": sweeper("hydra_ax_sweeper.ax_sweeper.AxSweeper", {
    max_batch_size: null,
    ax_config: {
      max_trials: 10,
      early_stop: { minimize: true, max_epochs_without_improvement: 10, epsilon: 0.00001 },
      experiment: { name: null, objective_name: "objective", minimize: true },
      client: { verbose_logging: false, random_seed: null },
      params: {},
      is_noisy: true
    }
  }),
  "hydra/sweeper/nevergrad": sweeper("hydra_nevergrad_sweeper.nevergrad_sweeper.NevergradSweeper", {
    optim: { optimizer: "NGOpt", budget: 80, num_workers: 10, noisy: false, maximize: false, seed: null },
    parametrization: {}
  }),
  "hydra/launcher/joblib": launcher("hydra_joblib_launcher.joblib_launcher.JoblibLauncher", {
    n_jobs: -1,
    backend: null,
    prefer: "processes",
    require: null,
    verbose: 0,
    timeout: null,
    pre_dispatch: "2*n_jobs",
    batch_size: "auto",
    temp_folder: null,
    max_nbytes: null,
    mmap_mode: "r"
  }),
  "hydra/launcher/submitit_local": launcher("hydra_submitit_launcher.submitit_launcher.LocalLauncher", queue),
  "hydra/launcher/submitit_slurm": launcher("hydra_submitit_launcher.submitit_launcher.SlurmLauncher", {
    ...queue,
    ...Object.fromEntries(
      ["partition", "qos", "comment", "constraint", "exclude", "gres", "account", "setup"].map((key) => [
        key,
        null
      ])
    ),
    cpus_per_gpu: null,
    gpus_per_task: null,
    mem_per_gpu: null,
    mem_per_cpu: null,
    signal_delay_s: 120,
    max_num_timeout: 0,
    additional_parameters: {},
    array_parallelism: 256
  }),
  "hydra/launcher/rq": launcher("hydra_rq_launcher.rq_launcher.RQLauncher", {
    enqueue: {},
    queue: "default",
    redis: {},
    stop_after_enqueue: false,
    wait_polling: 1
  }),
  "hydra/launcher/ray": launcher("hydra_ray_launcher.ray_launcher.RayLauncher", {
    ray: { init: { address: null }, remote: {} }
  }),
  "hydra/launcher/ray_aws": launcher("hydra_ray_launcher.ray_aws_launcher.RayAWSLauncher", { ray: {} })
}

/** The names of the configs, such as `hydra/job_logging/colorlog`. */
export const names: ReadonlyArray<string> = Object.keys(plugins)

/** The config of that name. */
export const find = (name: string): Plugin | undefined =>
  Object.hasOwn(plugins, name) ? plugins[name] : undefined
