/**
 * The public face of Anneal: a line for each module that is meant for users, the same list as the `exports` of
 * package.json and as the reference. Everything else is internal.
 *
 * A namespace here is also a module of its own: `import { Trainer } from "anneal"` or
 * `import * as Trainer from "anneal/Trainer"`. Importing this loads no engine, no picture library, no YAML parser.
 */

/** What executes tensors. */
export * as Device from "./pipeline/device/Device.ts"
/** Where an artifact came from. */
export * as Lineage from "./pipeline/graph/Lineage.ts"
/** ResNets, MobileNets and vision Transformers with torchvision's names; features for detectors. */
export * as Backbone from "./pipeline/nn/backbone/Backbone.ts"
/** Tensors outside any engine. */
export * as HostTensor from "./pipeline/nn/HostTensor.ts"
/** Layers, and how they become nets. */
export * as Nn from "./pipeline/nn/layers/Nn.ts"
/** A `tf.LayersModel` as a net. */
export * as LayersModel from "./pipeline/nn/layersModel/LayersModel.ts"
/** Losses of classes, decisions, differences, embeddings and sequences. */
export * as Loss from "./pipeline/nn/loss/Loss.ts"
/** Parameters and forward pass of what is learnt. */
export * as Model from "./pipeline/nn/Model.ts"
/** Randomness keyed by counters. */
export * as Random from "./pipeline/nn/Random.ts"
/** Learning rates as functions of the step. */
export * as LearningRate from "./pipeline/optim/LearningRate.ts"
/** Optimizers: how weights are updated. */
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
export * as RunRecorder from "./pipeline/run/RunRecorder.ts"
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
/** What a checkpoint of a fit holds. */
export * as FitCheckpoint from "./pipeline/train/FitCheckpoint.ts"
/** Options of a fit, with the usual values for most of them. */
export * as FitOptions from "./pipeline/train/FitOptions.ts"
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

// The rest is imported by its own path only, because it loads what most programs do not need at once: configurations,
// pictures, files, threads, engines.

// anneal/Affine: affine maps of the plane
// anneal/Bars: values side by side, as a diagram
// anneal/Canvas: a surface to draw on
// anneal/Config: configurations as Hydra composes them
// anneal/ExitCode: the exit codes of the command line
// anneal/ConfusionMatrix: which classes were taken for which, as a diagram
// anneal/Homography: projective maps of the plane
// anneal/ImageGrid: pictures side by side
// anneal/Images: pictures as bytes
// anneal/LearningCurves: how training went, as diagrams
// anneal/LoggerPlan: the part of a plan that says where the facts of a run go
// anneal/MainProgram: a program as the process itself, with sentences, exit codes and signals
// anneal/ProgressLine: the progress of a run, as the command line shows it
// anneal/Objective: the metric that a task is judged by
// anneal/Run: runs of any task in a program, and the command line of one task
// anneal/SampleCache: what is made of files and takes time, kept for the next epoch or run
// anneal/Scatter: predictions over truths, as a diagram
// anneal/Shards: samples in tar archives, on the disk or behind HTTP
// anneal/TaskModule: what a file declares that brings a task to the command line
// anneal/Transform: a transform of training samples of your own
// anneal/Workers: threads that make the batches of a task
// anneal/testing: doubles for tests of a training program

// anneal/layers/cache/CacheDirectory: finished stages in a folder
// anneal/layers/cache/StageCheckpoints: the checkpoints of a stage that trains
// anneal/layers/checkpoint/CheckpointDirectory: checkpoints in a folder
// anneal/layers/data/WorkerPool: threads that make batches
// anneal/layers/data/WorkerProgram: what such a thread runs
// anneal/layers/data/Workers: the threads themselves
// anneal/layers/device/AutoDevice: the best engine that this machine has
// anneal/layers/device/Device: the engine that a plan names
// anneal/layers/image/Canvas: drawing by Skia
// anneal/layers/image/ImageCodec: pictures decoded and encoded by libvips
// anneal/layers/logger/LoggedCheckpoints: checkpoints and logs of a run, which agree on resume
// anneal/layers/logger/RunLogger: the loggers and trackers that a plan names
// anneal/layers/registry/Registry: all runs below a folder, to find and compare
// anneal/layers/run/RunDirectory: a run's own folder on disk

// anneal/runs/Plans: the plans of runs
// anneal/runs/Predict: what a checkpoint makes of inputs
// anneal/runs/Resume: which run goes on, and from where
// anneal/runs/RunLayers: the layers of a run, from its plan
// anneal/runs/Test: the metrics of a checkpoint
// anneal/runs/Train: a plan becomes a trained task

// anneal/tasks/imageClassification/ClassificationModule: image classification, declared
// anneal/tasks/textDetection/AnnotatedFolder: pictures with annotations, checked
// anneal/tasks/textDetection/AnnotationText: annotations as JSON and CSV
// anneal/tasks/textDetection/Batch: from pictures to batches
// anneal/tasks/textDetection/Dbnet: the net
// anneal/tasks/textDetection/DetectionModule: text detection, declared
// anneal/tasks/textDetection/Detector: a trained detector in a service: `Detector.load(path).detect(bytes)`
// anneal/tasks/textDetection/FolderSource: samples of an annotated folder
// anneal/tasks/textDetection/Format: layouts of annotations, and one of your own
// anneal/tasks/textDetection/PictureFolder: samples of pictures alone
// anneal/tasks/textDetection/Predictions: what was found, as annotations
// anneal/tasks/textDetection/SynthFolder: drawn receipts, written to a folder
// anneal/tasks/textDetection/TextDetection: the task
// anneal/tasks/textDetection/Transform: scaling and augmentation
