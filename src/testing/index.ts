/** `anneal/testing`: doubles for tests of one's own training program, none of which loads TensorFlow.js. */

/** A device whose loss follows a script. */
export * as FakeDevice from "./FakeDevice.ts"
/** Saves that fail, trackers that vanish, devices and workers that die. */
export * as Faults from "./Faults.ts"
/** Checkpoints in memory. */
export * as MemoryCheckpoints from "./MemoryCheckpoints.ts"
/** A run directory in memory. */
export * as MemoryRunDirectory from "./MemoryRunDirectory.ts"
/** A logger that remembers. */
export * as RecordingLogger from "./RecordingLogger.ts"
/** A task whose metrics follow a script. */
export * as ScriptedTask from "./ScriptedTask.ts"
/** Data sets of a few bytes. */
export * as TinyData from "./TinyData.ts"
/** The smallest task that has everything. */
export * as TinyTask from "./TinyTask.ts"
/** Time that a test decides. */
export * as VirtualClock from "./VirtualClock.ts"
