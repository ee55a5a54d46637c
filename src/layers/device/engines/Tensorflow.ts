/** The one TensorFlow.js namespace of the process, with our gradients in its registry. */
import { Effect } from "effect"
import { DeviceUnavailable, type EngineName, type Tf } from "../../../pipeline/device/Device.ts"
import * as Thrown from "../../internal/Thrown.ts"
import { registerGradients } from "../gradients/register.ts"

const packageCure = (name: string): string =>
  `Run "npm install ${name}@4.22.0" in the project, or "npm ci" in a clone of Anneal.`

/** Imports a package; if it is missing, fails with `DeviceUnavailable` that names the package to install. */
export const importing = <A>(
  accelerator: EngineName,
  packageName: string,
  load: () => Promise<A>
): Effect.Effect<A, DeviceUnavailable> =>
  Effect.tryPromise({
    try: load,
    catch: (cause) =>
      new DeviceUnavailable({
        accelerator,
        reason: `the package ${packageName} cannot be loaded (${Thrown.said(cause)})`,
        cure: packageCure(packageName)
      })
  })

/** Loads tfjs-core and registers our gradients: each time, since another module may have replaced them in between. */
export const load = (accelerator: EngineName): Effect.Effect<Tf, DeviceUnavailable> =>
  importing(accelerator, "@tensorflow/tfjs-core", () => import("@tensorflow/tfjs-core")).pipe(
    Effect.tap((tf) => Effect.sync(() => registerGradients(tf)))
  )

/** Makes `backend` the active one, without the checks and the advertisement for browser consoles. */
export const activate = (
  tf: Tf,
  accelerator: EngineName,
  backend: string
): Effect.Effect<void, DeviceUnavailable> => {
  const refused = (why: string) =>
    new DeviceUnavailable({
      accelerator,
      reason: `its backend did not start (${why})`,
      cure: 'Run "npx anneal doctor" to see what is missing, or choose another engine with trainer.accelerator.'
    })
  return Effect.tryPromise({
    try: () => {
      tf.env().set("PROD", true)
      return tf.setBackend(backend)
    },
    catch: (cause) => refused(Thrown.said(cause))
  }).pipe(
    Effect.filterOrFail(
      (started) => started,
      () => refused("setBackend returned false")
    ),
    Effect.asVoid
  )
}
