/** The device as a scoped layer: chosen, opened, watched for leaks, emptied when the scope closes. */
import type { Tensor, TensorContainer } from "@tensorflow/tfjs-core"
import { Effect, Layer, Option, type Scope } from "effect"
import {
  Device,
  DeviceBusy,
  DeviceError,
  type DeviceUnavailable,
  DeviceUnsupported,
  type Tf
} from "../../pipeline/device/Device.ts"
import * as CompositeOps from "./CompositeOps.ts"
import { cpu } from "./engines/Cpu.ts"
import * as Native from "./engines/Native.ts"
import { wasm } from "./engines/Wasm.ts"
import { webgpu } from "./engines/Webgpu.ts"
import * as Gradients from "./gradients/register.ts"
import type { Engine, Opened } from "./internal/Engine.ts"
import * as KernelTrace from "./KernelTrace.ts"
import * as Select from "./Select.ts"

export type { DeviceOptions } from "./Select.ts"

/** Best first: the order in which `auto` tries them. */
export const engines: ReadonlyArray<Engine> = [Native.make("gpu"), webgpu, Native.make("native"), wasm, cpu]

/** The same, for the process that runs a trial. */
export const untried: ReadonlyArray<Engine> = engines.map(({ tried: _, ...engine }) => engine)

/** TensorFlow.js has one active backend per process, so the process has at most one device. */
let held: string | undefined

const hold = (asked: string): Effect.Effect<void, DeviceBusy, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      if (held !== undefined) return Effect.fail(new DeviceBusy({ held, asked }))
      held = asked
      return Effect.void
    }),
    () =>
      Effect.sync(() => {
        held = undefined
      })
  )

/**
 * At the end of the scope, reports the tensors that were not disposed. If the device was empty before, the engine is
 * reset, which frees all of its memory; tensors that existed before are left alone.
 */
const watch = (tf: Tf, name: string): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => tf.memory().numTensors),
    (before) =>
      Effect.suspend(() => {
        const { numTensors, numBytes } = tf.memory()
        const left = numTensors - before
        if (before === 0) tf.engine().reset()
        return left > 0
          ? Effect.logWarning(
              `${left} tensors (${numBytes} bytes in all) were not disposed when device ${name} closed`
            )
          : Effect.void
      })
  ).pipe(Effect.asVoid)

/** A late error comes first: the error of the operation itself is its consequence. */
const failed =
  ({ lateError }: Opened, operation: string) =>
  (cause: unknown) =>
    new DeviceError({ operation, cause: lateError?.() ?? cause })

/** What computes on an engine, and how its gradients stay its own. */
interface Computing {
  readonly tf: Tf
  readonly keepGradients: () => void
}

/** No result after a late error can be trusted, so every operation fails from then on. */
const trusted = (opened: Opened, operation: string): Effect.Effect<void, DeviceError> =>
  Effect.suspend(() => {
    const late = opened.lateError?.()
    return late === undefined ? Effect.void : Effect.fail(failed(opened, operation)(late))
  })

const read = (opened: Opened, tensor: Tensor) =>
  opened.readsSynchronously
    ? Effect.try({ try: () => tensor.dataSync().slice(), catch: failed(opened, "read") })
    : Effect.tryPromise({
        try: () => tensor.data().then((values) => values.slice()),
        catch: failed(opened, "read")
      })

const anomalies = ({ tf, unwatchable }: Opened) =>
  unwatchable === undefined
    ? KernelTrace.make(tf)
    : Effect.fail(
        new DeviceUnsupported({
          setting: "trainer.detect_anomaly",
          value: "true",
          reason: `on this engine ${unwatchable}`,
          cure: "Resume the run with trainer.accelerator=wasm to find the operation."
        })
      )

const scalar =
  ({ float }: Opened) =>
  (tensor: Tensor): number =>
    float !== undefined && tensor.dtype === "float32" ? float(tensor) : (tensor.dataSync()[0] ?? Number.NaN)

/** Waits once for all tensors, if the engine is asynchronous. */
const together = (tf: Tf, tensors: ReadonlyArray<Tensor>): Promise<ReadonlyArray<number>> => {
  const all = tf.tidy(() => tf.concat1d(tensors.map((tensor) => tf.reshape(tensor, [1]))))
  return all
    .data()
    .then((values) => [...values])
    .finally(() => all.dispose())
}

const readScalars = (opened: Opened, tensors: ReadonlyArray<Tensor>) =>
  opened.readsSynchronously
    ? Effect.try({ try: () => tensors.map(scalar(opened)), catch: failed(opened, "read") })
    : Effect.tryPromise({ try: () => together(opened.tf, tensors), catch: failed(opened, "read") })

/** Refuses an engine that uses another number of threads than requested. */
const checkThreads = ({ name }: Engine, asked: number | undefined, given: number) =>
  asked === undefined || asked === given
    ? Effect.void
    : Effect.fail(
        new DeviceUnsupported({
          setting: "trainer.threads",
          value: String(asked),
          reason: `the engine ${name} computes on ${given === 1 ? "one thread" : `${given} threads`}`,
          cure: `Use trainer.threads=null, or an engine with threads: wasm, or native once installed.`
        })
      )

/** Runs `body` in a tidy that its result outlives. */
const tidied = <A extends TensorContainer>({ tf, keepGradients }: Computing, body: (tf: Tf) => A): A => {
  keepGradients()
  return tf.tidy(() => body(tf))
}

/** Runs `body` in a tidy that does not inspect its result: only the tensors that the body keeps outlive it. */
const kept = <A>({ tf, keepGradients }: Computing, body: (tf: Tf) => A): A => {
  const given: { result: Option.Option<A> } = { result: Option.none() }
  keepGradients()
  tf.tidy(() => {
    given.result = Option.some(body(tf))
  })
  return Option.getOrThrow(given.result)
}

const open = Effect.fn("Device.open")(function* (options: Select.DeviceOptions, from: ReadonlyArray<Engine>) {
  yield* Select.check(options)
  const { engine, reason } = yield* Select.choose(options, from)
  yield* hold(engine.name)
  const asked = options.threads ?? undefined
  const opened = yield* engine.open(asked === undefined ? {} : { threads: asked })
  const { tf, name, versions, threads, deterministic } = opened
  yield* checkThreads(engine, asked, threads)
  yield* watch(tf, engine.name)
  const computing = { tf, keepGradients: Gradients.keeping(tf) }
  return Device.of({
    tf,
    ops: opened.ops ?? CompositeOps.make(tf),
    info: { engine: engine.name, name, reason, versions, threads, deterministic },
    memory: Effect.sync(() => {
      const { numTensors, numBytes } = tf.memory()
      return { numTensors, numBytes }
    }),
    run: <A extends TensorContainer>(operation: string, body: (tf: Tf) => A) =>
      trusted(opened, operation).pipe(
        Effect.andThen(Effect.try({ try: () => tidied(computing, body), catch: failed(opened, operation) }))
      ),
    compute: (operation, body) => {
      const computed = Effect.try({ try: () => kept(computing, body), catch: failed(opened, operation) })
      return opened.lateError === undefined ? computed : Effect.andThen(trusted(opened, operation), computed)
    },
    anomalies: anomalies(opened),
    read: (tensor) => Effect.tap(read(opened, tensor), () => trusted(opened, "read")),
    readScalars: (tensors) =>
      opened.lateError === undefined
        ? readScalars(opened, tensors)
        : Effect.tap(readScalars(opened, tensors), () => trusted(opened, "read"))
  })
})

/** Acquires the device that the plan names; one per process at a time. */
export const layer = (
  options: Select.DeviceOptions,
  from: ReadonlyArray<Engine> = engines
): Layer.Layer<Device, DeviceUnavailable | DeviceUnsupported | DeviceBusy> =>
  Layer.effect(Device, open(options, from))
