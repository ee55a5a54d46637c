/** The program of `anneal engine install`. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Install from "../../layers/device/native/Install.ts"
import * as NativeHome from "../../layers/device/native/NativeHome.ts"
import * as WebgpuInstall from "../../layers/device/webgpu/Install.ts"
import * as WebgpuHome from "../../layers/device/webgpu/WebgpuHome.ts"
import { CommandRefused } from "../Failure.ts"
import * as StandardOutput from "../terminal/StandardOutput.ts"

export interface Input {
  readonly variant: NativeHome.Variant
  readonly source: "auto" | "vendor" | "pip"
  readonly wheel: Option.Option<string>
  readonly packages: Option.Option<string>
  readonly python: string
}

export const install = Effect.fn("engine.install")(function* (input: Input) {
  const { variant, source, wheel, packages, python } = input
  const { manifest, gpu } = yield* Install.install({
    variant,
    source,
    python,
    progress: (line) => StandardOutput.note(line),
    ...(Option.isSome(wheel) ? { wheel: wheel.value } : {}),
    ...(Option.isSome(packages) ? { packages: packages.value } : {})
  })
  yield* StandardOutput.note(
    `The engine ${variant} is installed in ${NativeHome.folder(variant)}, with TensorFlow ${manifest.tensorflow}.`
  )
  yield* StandardOutput.note(
    variant === "gpu" && !gpu
      ? "It found no GPU, so it was tested on the CPU only. `anneal doctor` shows what is missing."
      : "trainer.accelerator=auto uses it from now on. `anneal doctor` shows its self-test."
  )
})

/** Reports the adapter: the engine can also be installed on a machine that has none yet. */
export const installWebgpu = Effect.fn("engine.installWebgpu")(function* (wheel: Option.Option<string>) {
  if (Option.isSome(wheel)) {
    return yield* new CommandRefused({
      problem: "--wheel is for native and gpu only: webgpu is installed from npm"
    })
  }
  const { adapter } = yield* WebgpuInstall.install((line) => StandardOutput.note(line))
  const lines = [
    `The engine webgpu is installed in ${WebgpuHome.folder()}. trainer.accelerator=webgpu uses it; auto does not.`,
    adapter === ""
      ? "Dawn accepts no adapter of this machine yet: `anneal doctor` shows why."
      : `It computes on ${adapter}.`
  ]
  yield* StandardOutput.note(lines.join("\n"))
})
