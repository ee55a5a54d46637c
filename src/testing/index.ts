/** `anneal/testing`: doubles for tests of a training program, none of which loads TensorFlow.js. */

/** A device whose loss follows a script. */
export * as FakeDevice from "./FakeDevice.ts"
/** Failing saves, lost trackers, devices and workers that die. */
export * as Faults from "./Faults.ts"
/** Checkpoints in memory. */
export * as MemoryCheckpoints from "./MemoryCheckpoints.ts"
/** A run directory in memory. */
export * as MemoryRunDirectory from "./MemoryRunDirectory.ts"
/** A logger that records. */
export * as RecordingLogger from "./RecordingLogger.ts"
/** A task whose metrics follow a script. */
export * as ScriptedTask from "./ScriptedTask.ts"
/** Data sets of a few bytes. */
export * as TinyData from "./TinyData.ts"
/** The smallest task with all features. */
export * as TinyTask from "./TinyTask.ts"
/** Time under the control of a test. */
export * as VirtualClock from "./VirtualClock.ts"
