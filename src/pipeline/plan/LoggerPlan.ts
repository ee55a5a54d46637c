/**
 * The `logger` part of a plan: which sinks a run writes to.
 *
 * Each sink may be `true`, `false`, `null`, absent, or a block, and is always decoded to a block. A block is on unless it
 * says `enabled: false`.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { AboveZero, Count, Fraction, field, Positive } from "./Plan.ts"

const enabled = field(Schema.Boolean, true, "Whether the run writes to this sink.")
const text = (description: string) => field(Schema.NullOr(Schema.NonEmptyString), null, description)

/** The plan is recorded and sent to trackers, so it must hold no login. A password may contain an unescaped `/`, `?` or `#`. */
const hasNoLogin = (login: string) =>
  Schema.makeFilter((url: string) =>
    /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*|[^/?#:]*:(?!\d{1,5}[/?#]).*)@/is.test(url)
      ? `an address without a login, since the plan is written to the run's record; set ${login} instead`
      : undefined
  )

const address = (login: string, description: string) =>
  field(Schema.NullOr(Schema.NonEmptyString.check(hasNoLogin(login))), null, description)

const blockOf = <B>(given: B | boolean | null, on: B, off: B): B => {
  if (given === true) return on
  return given === false || given === null ? off : given
}

/** A sink's block, or a word for it; absent is off. `on` and `off` are the shortest blocks for the words. */
const sink = <B extends Schema.Constraint>(
  block: B,
  on: B["Encoded"],
  off: B["Encoded"],
  description: string
) =>
  Schema.Union([Schema.Boolean, Schema.Null, Schema.toEncoded(block)])
    .pipe(
      Schema.decodeTo(
        block,
        SchemaTransformation.transform<B["Encoded"], B["Encoded"] | boolean | null>({
          decode: (given) => blockOf(given, on, off),
          encode: (given) => given
        })
      ),
      Schema.withDecodingDefaultKey(Effect.succeed(false))
    )
    .annotateKey({ description })

const Switch = Schema.Struct({ enabled })

const Tags = field(Schema.Array(Schema.String), [], "Words to find the run by.")

/** Pictures of the worst batches. */
const BatchImages = Schema.Struct({
  enabled: field(Schema.Boolean, false, "Whether batches of low recall are sent as pictures."),
  recall_threshold: field(Fraction, 0.4, "Recall below which a picture counts as a worst case."),
  max_batches_per_epoch: field(Count, 2, "Most batches of an epoch that send pictures."),
  max_images_per_batch: field(Positive, 4, "Most pictures that a batch sends."),
  use_transformed_batch: field(Schema.Literal(true), true, "Pictures are sent as the model saw them."),
  image_format: field(
    Schema.Literals(["png", "jpeg"]),
    "png",
    "Pictures are always PNG, which is lossless; jpeg is accepted from older files."
  ),
  max_image_side: field(Positive, 640, "Longest side in pixels.")
})

const ImagesPlan = Schema.Struct({
  per_evaluation: field(Count, 4, "Pictures of each evaluation, those with the lowest recall; 0: none."),
  max_side: field(Positive, 640, "Longest side in pixels; larger pictures are shrunk.")
})
export type ImagesPlan = typeof ImagesPlan.Type

const WandbPlan = Schema.Struct({
  enabled,
  project_name: field(Schema.NonEmptyString, "anneal", "Project that the run appears in."),
  entity: text("User or team; null: the key's default."),
  name: text("Name of the run; null: its experiment, with the score at the end."),
  group: text("Group that the run belongs to."),
  notes: text("A sentence about the run."),
  tags: Tags,
  exp_version: text("Version of the experiment, kept as a tag."),
  log_model: field(
    Schema.Union([Schema.Boolean, Schema.Literal("all")]),
    false,
    "Send checkpoints: `all` of them, or true for the best at the end."
  ),
  base_url: address("WANDB_API_KEY", "Server; null: WANDB_BASE_URL, or https://api.wandb.ai."),
  settings: field(
    Schema.Struct({
      offline: field(Schema.Boolean, false, "Write a file for `wandb sync` and send nothing."),
      save_code: field(
        Schema.Literal(false),
        false,
        "Sources are not sent; the run's record has the commit."
      ),
      sync_dir: text("Folder of the offline file; null: wandb in the run directory.")
    }),
    {},
    "How the run talks to the tracker."
  ),
  per_batch_image_logging: field(BatchImages, {}, "Pictures of the worst batches.")
})
export type WandbPlan = typeof WandbPlan.Type

const MlflowPlan = Schema.Struct({
  enabled,
  tracking_uri: address(
    "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
    "Server; null: MLFLOW_TRACKING_URI, or http://127.0.0.1:5000."
  ),
  experiment_name: field(Schema.NonEmptyString, "anneal", "Experiment that the run appears in."),
  run_name: text("Name of the run; null: its experiment."),
  tags: field(Schema.Record(Schema.String, Schema.String), {}, "Tags of the run."),
  log_model: field(
    Schema.Union([Schema.Boolean, Schema.Literal("all")]),
    false,
    "Send checkpoints: `all` of them, or true for the best at the end."
  )
})
export type MlflowPlan = typeof MlflowPlan.Type

const OpenTelemetryPlan = Schema.Struct({
  enabled,
  endpoint: address(
    "OTEL_EXPORTER_OTLP_HEADERS",
    "Collector; null: OTEL_EXPORTER_OTLP_ENDPOINT, or http://127.0.0.1:4318."
  ),
  service_name: field(Schema.NonEmptyString, "anneal", "Name of the service in traces and metrics.")
})
export type OpenTelemetryPlan = typeof OpenTelemetryPlan.Type

const on = { enabled: true }
const off = { enabled: false }

export const LoggerPlan = Schema.Struct({
  csv: sink(Switch, on, off, "metrics.csv in the run directory: one row a step."),
  jsonl: sink(Switch, on, off, "metrics.jsonl in the run directory: one line an entry."),
  tensorboard: sink(Switch, on, off, "TensorBoard event files in logs/ of the run directory."),
  wandb: sink(WandbPlan, on, off, "Weights & Biases."),
  mlflow: sink(MlflowPlan, on, off, "An MLflow tracking server."),
  opentelemetry: sink(OpenTelemetryPlan, on, off, "Traces and metrics by OTLP."),
  images: field(ImagesPlan, {}, "Pictures with truth and prediction, for the sinks that show pictures."),
  finish_timeout: field(AboveZero, 10, "Longest wait for trackers at the end of a run, in seconds.")
})
export type LoggerPlan = typeof LoggerPlan.Type

/** Every sink off. */
export const none: LoggerPlan = Schema.decodeSync(LoggerPlan)({})
