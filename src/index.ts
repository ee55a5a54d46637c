/** Anneal: namespaces of the library. Importing this loads no engine, no picture library, no YAML parser. */

/** Files and folders as values. */
export * as Artifact from "./pipeline/Artifact.ts"
/** Averages of the weights along the way. */
export * as Averaging from "./pipeline/Averaging.ts"
/** Snapshots of training, whole or absent. */
export * as Checkpoints from "./pipeline/Checkpoints.ts"
/** Where batches come from. */
export * as Dataset from "./pipeline/Dataset.ts"
/** What executes tensors. */
export * as Device from "./pipeline/Device.ts"
/** The facts that a run emits. */
export * as Event from "./pipeline/Event.ts"
/** Trainer options where most things are as usual. */
export * as FitDefaults from "./pipeline/FitDefaults.ts"
/** Tensors outside any engine. */
export * as HostTensor from "./pipeline/HostTensor.ts"
/** Learning rates as functions of the step. */
export * as LearningRate from "./pipeline/LearningRate.ts"
/** How much of a data set to use. */
export * as Limit from "./pipeline/Limit.ts"
/** Where an artifact came from. */
export * as Lineage from "./pipeline/Lineage.ts"
/** Folds of what evaluation saw into numbers. */
export * as Metric from "./pipeline/Metric.ts"
/** Parameters and forward pass of what is learnt. */
export * as Model from "./pipeline/Model.ts"
/** A model's parts as a table. */
export * as ModelSummary from "./pipeline/ModelSummary.ts"
/** How weights move. */
export * as Optimizer from "./pipeline/Optimizer.ts"
/** Learning rates and weight decays by name. */
export * as ParameterGroup from "./pipeline/ParameterGroup.ts"
/** A whole project as one typed value. */
export * as Pipeline from "./pipeline/Pipeline.ts"
/** The parts of a plan as Schemas. */
export * as Plan from "./pipeline/Plan.ts"
/** From decoded plan to trainer options. */
export * as PlanOptions from "./pipeline/PlanOptions.ts"
/** Where a person watches a run. */
export * as Progress from "./pipeline/Progress.ts"
/** Randomness keyed by counters. */
export * as Random from "./pipeline/Random.ts"
/** Rules that change the learning rate by what validation shows. */
export * as RateRule from "./pipeline/RateRule.ts"
/** Which checkpoints stay. */
export * as Retention from "./pipeline/Retention.ts"
/** The folder that a run owns. */
export * as RunDirectory from "./pipeline/RunDirectory.ts"
/** Where the facts of a run go. */
export * as RunLogger from "./pipeline/RunLogger.ts"
/** From events to what a run's directory and its loggers keep. */
export * as RunWatch from "./pipeline/RunWatch.ts"
/** A typed step of a pipeline. */
export * as Stage from "./pipeline/Stage.ts"
/** Where finished stages are kept. */
export * as StageCache from "./pipeline/StageCache.ts"
/** Rules that end training. */
export * as StopRule from "./pipeline/StopRule.ts"
/** What is being learnt. */
export * as Task from "./pipeline/Task.ts"
/** Trains, validates, tests, predicts. */
export * as Trainer from "./pipeline/Trainer.ts"
/** Weights of a checkpoint on the device. */
export * as Weights from "./pipeline/Weights.ts"
/** What a stage has while it runs. */
export * as Workspace from "./pipeline/Workspace.ts"
