/** Anneal: namespaces of the library. Importing this loads no engine, no picture library, no YAML parser. */

/** What executes tensors. */
export * as Device from "./pipeline/device/Device.ts"
/** Where an artifact came from. */
export * as Lineage from "./pipeline/graph/Lineage.ts"
/** Tensors outside any engine. */
export * as HostTensor from "./pipeline/nn/HostTensor.ts"
/** Parameters and forward pass of what is learnt. */
export * as Model from "./pipeline/nn/Model.ts"
/** Randomness keyed by counters. */
export * as Random from "./pipeline/nn/Random.ts"
/** Learning rates as functions of the step. */
export * as LearningRate from "./pipeline/optim/LearningRate.ts"
/** How weights move. */
export * as Optimizer from "./pipeline/optim/Optimizer.ts"
/** Learning rates and weight decays by name. */
export * as ParameterGroup from "./pipeline/optim/ParameterGroup.ts"
/** The parts of a plan as Schemas. */
export * as Plan from "./pipeline/plan/Plan.ts"
/** From decoded plan to trainer options. */
export * as PlanOptions from "./pipeline/plan/PlanOptions.ts"
/** A model's parts as a table. */
export * as ModelSummary from "./pipeline/run/ModelSummary.ts"
/** Where a person watches a run. */
export * as Progress from "./pipeline/run/Progress.ts"
/** The folder that a run owns. */
export * as RunDirectory from "./pipeline/run/RunDirectory.ts"
/** Where the facts of a run go. */
export * as RunLogger from "./pipeline/run/RunLogger.ts"
/** From events to what a run's directory and its loggers keep. */
export * as RunWatch from "./pipeline/run/RunRecorder.ts"
/** Files and folders as values. */
export * as Artifact from "./pipeline/stage/Artifact.ts"
/** A whole project as one typed value. */
export * as Pipeline from "./pipeline/stage/Pipeline.ts"
/** A typed step of a pipeline. */
export * as Stage from "./pipeline/stage/Stage.ts"
/** Where finished stages are kept. */
export * as StageCache from "./pipeline/stage/StageCache.ts"
/** What a stage has while it runs. */
export * as Workspace from "./pipeline/stage/Workspace.ts"
/** Where batches come from. */
export * as Dataset from "./pipeline/task/Dataset.ts"
/** Folds of what evaluation saw into numbers. */
export * as Metric from "./pipeline/task/Metric.ts"
/** What is being learnt. */
export * as Task from "./pipeline/task/Task.ts"
/** Averages of the weights along the way. */
export * as Averaging from "./pipeline/train/Averaging.ts"
/** Snapshots of training, whole or absent. */
export * as Checkpoints from "./pipeline/train/Checkpoints.ts"
/** The facts that a run emits. */
export * as Event from "./pipeline/train/Event.ts"
/** Trainer options where most things are as usual. */
export * as FitDefaults from "./pipeline/train/FitDefaults.ts"
/** How much of a data set to use. */
export * as Limit from "./pipeline/train/Limit.ts"
/** Rules that change the learning rate by what validation shows. */
export * as RateRule from "./pipeline/train/RateRule.ts"
/** Which checkpoints stay. */
export * as Retention from "./pipeline/train/Retention.ts"
/** Rules that end training. */
export * as StopRule from "./pipeline/train/StopRule.ts"
/** Trains, validates, tests, predicts. */
export * as Trainer from "./pipeline/train/Trainer.ts"
/** Weights of a checkpoint on the device. */
export * as Weights from "./pipeline/train/Weights.ts"
